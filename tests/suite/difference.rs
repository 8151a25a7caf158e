//! What two worlds have in common, whatever chance has made in each.

use std::collections::BTreeSet;
use std::fmt::Write;

/// Words that a text is made of, and what stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let of_word = |letter: char| letter.is_ascii_alphanumeric() || "_+/=".contains(letter);
    text.split_inclusive(move |letter| !of_word(letter))
        .flat_map(move |part| {
            let end = part.trim_end_matches(|letter| !of_word(letter)).len();
            let (word, rest) = part.split_at(end);
            [word, rest]
        })
}

/// Texts in which whatever was made by chance since is the same: ids, tokens, secrets, hashes.
pub struct Blur(BTreeSet<String>);

impl Blur {
    /// What was known before stays as it is.
    pub fn since(before: &[String]) -> Self {
        let words = before.iter().flat_map(|line| words(line));
        Self(words.map(str::to_owned).collect())
    }

    pub fn text(&self, text: &str) -> String {
        let blur = |word: &str| {
            if word.len() < 26 || self.0.contains(word) {
                return word.to_owned();
            }
            let prefix = word.split_once('_').map_or("", |(prefix, _)| prefix);
            format!("{prefix}…{}", word.len())
        };
        words(text).map(blur).collect()
    }

    /// All lines, in an order that no chance decides.
    pub fn lines(&self, lines: &[String]) -> Vec<String> {
        let mut lines: Vec<String> = lines.iter().map(|line| self.text(line)).collect();
        lines.sort();
        lines
    }
}

/// The lines that only one of two sides has; nothing where both are the same.
pub fn difference(one: &[String], other: &[String]) -> String {
    let mut told = String::new();
    for (sign, these, those) in [('-', one, other), ('+', other, one)] {
        for line in these.iter().filter(|line| !those.contains(line)) {
            writeln!(told, "{sign} {line}").expect("a text grows");
        }
    }
    if told.is_empty() && one.len() != other.len() {
        writeln!(told, "{} lines, and {}", one.len(), other.len()).expect("a text grows");
    }
    told
}
