//! Rules about the code that no compiler and no lint checks. Every ban says why, and what to do instead.
//!
//! A rule that cannot fail protects nothing, so each one carries a snippet that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rules::{
    FILE_LINES_MAX, IMPATIENT, LAYERS, LINES_MAX, LOCK_FILES, LONG_FUNCTIONS, PATIENCE, REGISTRIES,
    RULES, Rule, SQL_LINES_MAX, STATEMENTS, TYPESCRIPT_LINES_MAX, View,
};
use source::{functions, has_word, view};

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/prose.rs"]
mod prose;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/sql.rs"]
mod sql;

// The tests.

#[test]
fn no_rule_is_broken() {
    let mut broken = Vec::new();
    for (path, text) in rust_files() {
        for rule in RULES {
            broken.extend(breaches(rule, &path, &text));
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_rule_can_fail() {
    for rule in RULES {
        for place in rule.paths {
            let path = format!("{place}sample.rs");
            let found = breaches(rule, &path, rule.bad);
            assert!(!found.is_empty(), "{} is not caught in {path}", rule.bad);
            assert!(found[0].contains(rule.because), "the reason is told");
            if rule.view != View::Text {
                let comment = format!("/// {}\n// {}\n/* {} */", rule.bad, rule.bad, rule.bad);
                assert!(breaches(rule, &path, &comment).is_empty(), "{comment}");
            }
        }
        for excused in rule.except {
            assert!(breaches(rule, excused, rule.bad).is_empty(), "{excused}");
        }
        // Each word is caught by itself, so that none stands in the list for nothing.
        for word in rule.forbidden {
            let line = format!("before {word} after");
            let quoted = format!("\"{line}\"");
            let text = if rule.view == View::Strings {
                &quoted
            } else {
                &line
            };
            let path = format!("{}sample.rs", rule.paths[0]);
            assert!(!breaches(rule, &path, text).is_empty(), "{word}");
        }
    }
}

#[test]
fn words_are_whole_words() {
    let rule = |word: &str| RULES.iter().find(|rule| rule.forbidden.contains(&word));
    for (word, harmless) in [
        ("static ", "fn word() -> &'static str {}"),
        ("rand", "let operand = brand;"),
        ("f64", "let half64 = xf64;"),
        ("assert!", "my_assert!(true);"),
        (".unwrap()", "let sum = sum.unwrap_or_default();"),
        ("TODO", "let TODOS = 1;"),
        (" as u8", "let bytes = word as u80;"),
    ] {
        let rule = rule(word).expect("a rule for the word");
        let path = format!("{}sample.rs", rule.paths[0]);
        assert_eq!(breaches(rule, &path, harmless), Vec::<String>::new());
    }
}

#[test]
fn layers_use_what_is_below_them_and_nothing_else() {
    let manifest = read("Cargo.toml");
    let dependencies = dependencies(&manifest);
    assert!(dependencies.len() > 5, "{dependencies:?}");
    let mut broken = Vec::new();
    for (path, text) in rust_files() {
        broken.extend(layer_breaches(&path, &text, &dependencies));
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn a_layer_cannot_look_up() {
    let dependencies =
        dependencies("[dependencies]\nserde_json = \"1\"\njs-sys = \"1\"\n[profile]\nx = 1\n");
    assert_eq!(dependencies, ["serde_json", "js_sys"]);
    for bad in [
        "use crate::worker::store;",
        "use crate::journal::Row;",
        "use serde_json::Value;",
        "let text = serde_json::to_string(&entry);",
        "let value = js_sys::Array::new();",
    ] {
        let found = layer_breaches("src/engine/sample.rs", bad, &dependencies);
        assert_eq!(found.len(), 1, "{bad}");
    }
    for good in [
        "use super::amount::Amount;",
        "use serde::Serialize;",
        "// crate::worker",
    ] {
        let found = layer_breaches("src/engine/sample.rs", good, &dependencies);
        assert!(found.is_empty(), "{found:?}");
    }
    let found = layer_breaches("src/wire/sample.rs", "crate::worker::now()", &dependencies);
    assert_eq!(found.len(), 1);
}

#[test]
fn every_file_says_what_it_is() {
    for (path, text) in rust_files() {
        assert!(
            says_what_it_is(&text),
            "{path} must begin with a //! sentence that says what the file is for"
        );
    }
}

#[test]
fn a_file_without_a_sentence_is_found() {
    assert!(says_what_it_is("//! What it is.\nuse std::fmt;"));
    for bad in [
        "",
        "use std::fmt;",
        "// What it is.",
        "//!\nuse std::fmt;",
        "\n//! Late.",
    ] {
        assert!(!says_what_it_is(bad), "{bad:?}");
    }
}

#[test]
fn long_functions_are_named_and_do_not_grow() {
    let mut long = BTreeMap::new();
    for (path, text) in rust_files() {
        for (name, lines) in functions(&text) {
            if lines > LINES_MAX {
                long.insert((path.clone(), name), lines);
            }
        }
    }
    let listed = LONG_FUNCTIONS
        .iter()
        .map(|(path, name, lines)| ((*path, *name), *lines));
    let listed: BTreeMap<(&str, &str), usize> = listed.collect();
    assert_eq!(
        listed.len(),
        LONG_FUNCTIONS.len(),
        "a function is listed twice"
    );
    let wrong = ratchet(&long, &listed);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_ratchet_turns_one_way() {
    let long = |lines| BTreeMap::from([(("src/a.rs".to_owned(), "list".to_owned()), lines)]);
    let listed = |lines| BTreeMap::from([(("src/a.rs", "list"), lines)]);
    assert!(ratchet(&long(90), &listed(90)).is_empty());
    assert_eq!(ratchet(&long(91), &listed(90)).len(), 1, "it grew");
    assert_eq!(
        ratchet(&long(89), &listed(90)).len(),
        1,
        "it shrank, so the number must"
    );
    assert_eq!(
        ratchet(&long(90), &BTreeMap::new()).len(),
        1,
        "it is not listed"
    );
    assert_eq!(
        ratchet(&BTreeMap::new(), &listed(90)).len(),
        1,
        "it is gone"
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut long = Vec::new();
    for (path, text) in rust_files() {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            long.push(format!(
                "{path} has {lines} lines, and {FILE_LINES_MAX} are the most; split it by a noun"
            ));
        }
    }
    assert!(long.is_empty(), "\n{}\n", long.join("\n"));
}

#[test]
fn javascript_does_only_what_rust_cannot() {
    let ours = |path: &String| path.starts_with("src/") && path.ends_with(".ts");
    let files: Vec<String> = committed_files().into_iter().filter(ours).collect();
    assert!(files.len() > 2, "only {files:?} were found");
    let mut lines = 0;
    for path in &files {
        let text = read(path);
        lines += text.lines().count();
        let comment = text.lines().take_while(|line| line.starts_with("//"));
        let comment: Vec<&str> = comment.collect();
        assert!(
            comment.join(" ").contains("It is JavaScript"),
            "{path} must begin by saying why it is no Rust"
        );
    }
    assert!(
        lines <= TYPESCRIPT_LINES_MAX,
        "TypeScript under src has {lines} lines, and {TYPESCRIPT_LINES_MAX} are the most; do it in Rust"
    );
}

#[test]
fn no_test_races_against_the_machine() {
    let impatient = |path: &str| {
        let text = read(path);
        IMPATIENT
            .iter()
            .filter(|word| text.contains(**word))
            .count()
    };
    let ours = |path: &String| {
        let folders = ["tests/e2e/", "tests/stripe/"];
        path.ends_with(".ts") && folders.iter().any(|folder| path.starts_with(folder))
    };
    let files: Vec<String> = committed_files().into_iter().filter(ours).collect();
    assert!(files.len() > 30, "only {files:?} were found");
    assert!(
        impatient(PATIENCE) > 1,
        "the words are found where they are"
    );
    let racing = files
        .iter()
        .filter(|path| *path != PATIENCE && impatient(path) > 0);
    let racing: Vec<&String> = racing.collect();
    assert!(
        racing.is_empty(),
        "{racing:?} measure time; wait with `eventually`, and let time pass with `advance`"
    );
}

#[test]
fn long_statements_have_files_of_their_own() {
    let mut long = Vec::new();
    for path in STATEMENTS {
        let strings = view(View::Strings, &read(path));
        for (sql, lines) in statements(&strings) {
            if lines > SQL_LINES_MAX {
                long.push(format!(
                    "{path}: {sql}… has {lines} lines; put it into sql/"
                ));
            }
        }
    }
    assert!(long.is_empty(), "\n{}\n", long.join("\n"));
}

#[test]
fn the_lines_of_a_statement_are_counted() {
    let text = "a(\"SELECT 1\"); b(\"UPDATE x \\\n SET y \\\n WHERE z\", \"no\\\nsql\");";
    let found: Vec<(String, usize)> = statements(text).collect();
    assert_eq!(
        found,
        [("SELECT 1".to_owned(), 1), ("UPDATE x ".to_owned(), 3)]
    );
}

#[test]
fn functions_are_measured_from_head_to_brace() {
    let text = "fn one() {}\n\nimpl A {\n    pub const fn two(\n        a: [u8; 2],\n    ) -> &'static str\n    where\n        T: B,\n    {\n        // }\n        match a { '}' => \"}\\\"}\", _ => r#\"}\"}\"# }\n    }\n}\ntrait T {\n    fn declared(&self);\n}\ntype F = fn(u8) -> u8;\n";
    let wanted = [("one".to_owned(), 1), ("two".to_owned(), 9)];
    assert_eq!(functions(text), wanted);
}

#[test]
fn no_registry_is_named() {
    let mut named = Vec::new();
    let mut files = 0;
    for path in committed_files() {
        files += 1;
        let text = std::fs::read(root().join(&path)).unwrap_or_default();
        named.extend(registries_in(&path, &String::from_utf8_lossy(&text)));
    }
    assert!(files > 50, "only {files} files were found");
    assert!(named.is_empty(), "\n{}\n", named.join("\n"));
}

#[test]
fn a_named_registry_is_found() {
    for registry in REGISTRIES {
        let text = format!("first\nsee https://{registry}/x");
        assert_eq!(registries_in("README.md", &text).len(), 1, "{registry}");
        for lock in LOCK_FILES {
            assert!(registries_in(lock, &text).is_empty());
        }
    }
}

#[test]
fn comments_strings_and_tests_are_told_from_code() {
    let text = "let a = \"x // y\"; // z\nlet b = 'q'; /* c /* d */ e */ f\nlet g = r#\"h\"i\"#;\n&'life j\n#[cfg(test)]\nmod tests {}\n";
    let code = view(View::Code, text);
    assert_eq!(code.lines().next(), Some("let a = \"      \";     "));
    for (gone, stays) in [
        ("y", "let a"),
        ("d", " f"),
        ("h", "let g"),
        ("tests", "'life j"),
    ] {
        assert!(!code.contains(gone), "{gone} in {code:?}");
        assert!(code.contains(stays), "{stays} in {code:?}");
    }
    let strings = view(View::Strings, text);
    assert!(strings.contains("x // y") && strings.contains("h\"i") && !strings.contains('z'));
    assert_eq!(view(View::Text, text), text);
}

// What they are made of.

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file of `src` and `tests`, with its path from the root.
fn rust_files() -> Vec<(String, String)> {
    let ours = |path: &String| path.starts_with("src/") || path.starts_with("tests/");
    let rust = committed_files()
        .into_iter()
        .filter(|path| path.ends_with(".rs"));
    let files: Vec<_> = rust
        .filter(ours)
        .map(|path| (path.clone(), read(&path)))
        .collect();
    assert!(files.len() > 20, "only {} files were found", files.len());
    files
}

/// Files that are or would be committed: everything that `.gitignore` does not name.
fn committed_files() -> BTreeSet<String> {
    let ignored = read(".gitignore");
    let ignored: BTreeSet<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    let mut files = BTreeSet::new();
    collect(&root(), Path::new(""), &ignored, &mut files);
    files
}

fn collect(root: &Path, folder: &Path, ignored: &BTreeSet<&str>, files: &mut BTreeSet<String>) {
    let entries = std::fs::read_dir(root.join(folder)).expect("a readable folder");
    for entry in entries {
        let entry = entry.expect("a readable folder");
        let path = folder.join(entry.file_name());
        let name = path.to_string_lossy().replace('\\', "/");
        if name == ".git" || ignored.contains(name.as_str()) {
            continue;
        }
        if root.join(&path).is_dir() {
            collect(root, &path, ignored, files);
        } else {
            files.insert(name);
        }
    }
}

fn breaches(rule: &Rule, path: &str, text: &str) -> Vec<String> {
    let about = |paths: &[&str]| paths.iter().any(|one| path.starts_with(one));
    let is_test = path.ends_with("/tests.rs") && rule.view != View::Text;
    if !about(rule.paths) || about(rule.except) || is_test {
        return Vec::new();
    }
    let seen = view(rule.view, text);
    let mut found = Vec::new();
    for (place, line) in seen.lines().enumerate() {
        for word in rule.forbidden.iter().filter(|word| has_word(line, word)) {
            let number = place + 1;
            found.push(format!(
                "{path}:{number}: `{}`: {}",
                word.trim(),
                rule.because
            ));
        }
    }
    found
}

/// The crates of `[dependencies]`, as code writes them.
fn dependencies(manifest: &str) -> Vec<String> {
    let (_, rest) = manifest.split_once("[dependencies]").expect("dependencies");
    let table = rest.split("\n[").next().unwrap_or_default();
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let names = lines.filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.replace('-', "_")).collect()
}

fn layer_breaches(path: &str, text: &str, dependencies: &[String]) -> Vec<String> {
    let Some(layer) = LAYERS.iter().find(|layer| path.starts_with(layer.path)) else {
        return Vec::new();
    };
    let mut broken = Vec::new();
    for (place, line) in view(View::Code, text).lines().enumerate() {
        let place = format!("{path}:{}", place + 1);
        for (at, _) in line.match_indices("crate::") {
            let name = |letter: &char| letter.is_alphanumeric() || *letter == '_';
            let module: String = line[at + 7..].chars().take_while(name).collect();
            if !layer.modules.contains(&module.as_str()) {
                broken.push(format!(
                    "{place}: {} may not use crate::{module}; pass in what it needs",
                    layer.path
                ));
            }
        }
        for name in dependencies {
            let used = has_word(line, &format!("{name}::"));
            if used && !layer.crates.contains(&name.as_str()) {
                broken.push(format!(
                    "{place}: {} may not use the crate {name}; do that in a layer above",
                    layer.path
                ));
            }
        }
    }
    broken
}

/// The SQL in string literals: how each begins, and how many lines it takes.
fn statements(strings: &str) -> impl Iterator<Item = (String, usize)> {
    let literals = strings.split('"').skip(1).step_by(2);
    let words = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE "];
    let sql = literals.filter(move |text| {
        let text = text.trim_start();
        words.iter().any(|word| text.starts_with(word))
    });
    sql.map(|text| {
        let first = text.lines().next().unwrap_or_default();
        let first = first.trim_end_matches('\\').to_owned();
        (first, text.lines().count())
    })
}

fn says_what_it_is(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix("//! ")
        .is_some_and(|sentence| !sentence.trim().is_empty())
}

fn ratchet(
    long: &BTreeMap<(String, String), usize>,
    listed: &BTreeMap<(&str, &str), usize>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((path, name), lines) in long {
        let told = match listed.get(&(path.as_str(), name.as_str())) {
            None => format!(
                "split it, or list it in LONG_FUNCTIONS when it is a flat checklist; {LINES_MAX} lines are the most"
            ),
            Some(most) if lines > most => format!("it may not grow; it had {most}"),
            Some(most) if lines < most => {
                format!("well done; lower its number in LONG_FUNCTIONS from {most}")
            }
            Some(_) => continue,
        };
        wrong.push(format!("{path}: fn {name} has {lines} lines: {told}"));
    }
    for (path, name) in listed.keys() {
        if !long.contains_key(&((*path).to_owned(), (*name).to_owned())) {
            wrong.push(format!(
                "{path}: fn {name} is short now; take it out of LONG_FUNCTIONS"
            ));
        }
    }
    wrong
}

fn registries_in(path: &str, text: &str) -> Vec<String> {
    if LOCK_FILES.contains(&path) {
        return Vec::new();
    }
    let mut named = Vec::new();
    for (place, line) in text.lines().enumerate() {
        for registry in REGISTRIES
            .iter()
            .filter(|registry| line.contains(*registry))
        {
            named.push(format!(
                "{path}:{}: names {registry}; let the package manager's own settings name it",
                place + 1
            ));
        }
    }
    named
}

// What is brought from elsewhere.

#[test]
fn every_package_says_what_its_bytes_must_be() {
    for path in ["package-lock.json", "tests/agents/package-lock.json"] {
        let lock: serde_json::Value = serde_json::from_str(&read(path)).expect("JSON");
        let packages = lock["packages"].as_object().expect("packages");
        assert!(packages.len() > 50, "only {} were found", packages.len());
        // Also those of other platforms, which are installed on other machines than this one.
        let bare = packages.iter().filter(|(name, package)| {
            !name.is_empty() && package["link"] != true && !package["integrity"].is_string()
        });
        let bare: Vec<&String> = bare.map(|(name, _)| name).collect();
        assert!(bare.is_empty(), "{path}: {bare:?} have no integrity");
    }
}

#[test]
fn every_dependency_is_used() {
    let files: Vec<String> = rust_files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("src/"))
        .map(|(_, text)| view(View::Code, &text))
        .collect();
    let is_used = |name: &String| {
        let path = format!("{name}::");
        let has = |text: &String| text.lines().any(|line| has_word(line, &path));
        files.iter().any(has)
    };
    let dependencies = dependencies(&read("Cargo.toml"));
    assert!(!is_used(&"no_such_crate".to_owned()));
    // It only chooses how a dependency of ours does its work, so no line of code names it.
    let unused: Vec<&String> = dependencies
        .iter()
        .filter(|name| *name != "idna_adapter" && !is_used(name))
        .collect();
    assert!(unused.is_empty(), "{unused:?} are used nowhere");
}
