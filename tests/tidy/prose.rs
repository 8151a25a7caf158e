//! How much of the code is said in words: documentation, and comments that give a reason.
//!
//! A floor is no aim. It keeps what is there from being worn away; a comment that only repeats its line
//! is worse than none, whatever this counts.

/// The least share of lines under `src` that are documentation, in per mille.
const DOCS_MIN: usize = 150;

/// The least share of lines under `src` that are comments with a reason, in per mille.
const REASONS_MIN: usize = 20;

/// Words by which a reason is told. They do not prove one, and a reason can do without them: they are a
/// measure that moves when comments do.
const REASONS: [&str; 20] = [
    "because",
    "since",
    "so",
    "so that",
    "therefore",
    "else",
    "otherwise",
    "would",
    "could",
    "must",
    "need",
    "needs",
    "only",
    "never",
    "cannot",
    "without",
    "rather than",
    "instead",
    "which means",
    "whatever",
];

#[test]
fn enough_is_said_in_words() {
    let mut by_folder: Vec<(String, Prose)> = Vec::new();
    let mut all = Prose::default();
    for (path, text) in crate::rust_files() {
        let Some(inside) = path.strip_prefix("src/") else {
            continue;
        };
        let prose = measure(&text);
        all.add(prose);
        let folder = inside.split_once('/').map_or("", |(folder, _)| folder);
        match by_folder.iter_mut().find(|(name, _)| name == folder) {
            Some((_, sum)) => sum.add(prose),
            None => by_folder.push((folder.to_owned(), prose)),
        }
    }
    for (folder, prose) in &by_folder {
        println!("src/{folder}: {}", prose.told());
    }
    println!("src: {}", all.told());
    let lines = all.lines;
    assert!(lines > 10_000, "only {lines} lines were found");
    assert!(
        all.docs * 1_000 >= DOCS_MIN * lines,
        "documentation fell below {DOCS_MIN} per mille: {}",
        all.told()
    );
    assert!(
        all.reasons * 1_000 >= REASONS_MIN * lines,
        "comments with a reason fell below {REASONS_MIN} per mille: {}",
        all.told()
    );
}

#[test]
fn words_are_told_from_code() {
    let text = "//! What it is.\n\n/// Says what.\nfn f() {\n    // It is short,\n    // because it must be.\n    let a = \"// because\";\n    // Plain words.\n    g(); // since then\n}\n";
    let prose = measure(text);
    assert_eq!((prose.lines, prose.docs, prose.reasons), (9, 2, 2));
    for word in REASONS {
        let reason = measure(&format!("// It is {word} that."));
        assert_eq!(reason.reasons, 1, "{word}");
        let begun = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        assert_eq!(measure(&format!("// {begun} it is.")).reasons, 1, "{begun}");
    }
    for none in ["// Also.", "// Sober.", "//", "/// Because.", "let so = 1;"] {
        assert_eq!(measure(none).reasons, 0, "{none}");
    }
}

#[derive(Clone, Copy, Default)]
struct Prose {
    /// Lines that are not blank.
    lines: usize,
    /// Lines of documentation.
    docs: usize,
    /// Lines of comments of their own in which a reason is told.
    reasons: usize,
}

impl Prose {
    fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.docs += other.docs;
        self.reasons += other.reasons;
    }

    fn told(&self) -> String {
        let share = |part: usize| {
            let per_mille = part * 1_000 / self.lines.max(1);
            format!("{}.{} %", per_mille / 10, per_mille % 10)
        };
        format!(
            "{} lines, {} documentation, {} comments with a reason",
            self.lines,
            share(self.docs),
            share(self.reasons)
        )
    }
}

/// A comment is all its lines: its reason may stand in any of them.
fn measure(text: &str) -> Prose {
    let mut prose = Prose::default();
    let mut comment = (0, false);
    for line in text.lines().map(str::trim).chain([""]) {
        prose.lines += usize::from(!line.is_empty());
        let docs = line.starts_with("///") || line.starts_with("//!");
        prose.docs += usize::from(docs);
        if line.starts_with("//") && !docs {
            comment = (comment.0 + 1, comment.1 || gives_a_reason(line));
            continue;
        }
        if comment.1 {
            prose.reasons += comment.0;
        }
        comment = (0, false);
    }
    prose
}

fn gives_a_reason(line: &str) -> bool {
    let line = line.to_lowercase();
    REASONS
        .iter()
        .any(|word| crate::source::has_word(&line, word))
}
