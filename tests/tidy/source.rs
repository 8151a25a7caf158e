//! Rust source as the rules see it: comments, strings and tests told from code, functions measured.

use crate::rules::View;

/// Whether a word stands in a line, and not as a part of a longer one. `'static` is another word than `static`.
pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let starts = word.starts_with(is_part);
    let ends = word.ends_with(is_part);
    line.match_indices(word).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        let after = line[place + word.len()..].chars().next();
        let joined = |letter: Option<char>| letter.is_some_and(is_part);
        !(starts && (joined(before) || before == Some('\'')) || ends && joined(after))
    })
}

/// The text as a rule sees it: what it does not look at is blank, and lines keep their numbers.
pub fn view(view: View, text: &str) -> String {
    if view == View::Text {
        return text.to_owned();
    }
    let code = without_comments(text, view == View::Strings);
    // Tests stand at the end of their file, and may do what the code may not.
    match code.find("#[cfg(test)]") {
        Some(tests) => code[..tests].to_owned(),
        None => code,
    }
}

pub fn without_comments(text: &str, keep_strings: bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut seen = String::with_capacity(text.len());
    let mut place = 0;
    while place < letters.len() {
        let end = token_end(&letters, place);
        let token = &letters[place..end];
        let comment = token.starts_with(&['/', '/']) || token.starts_with(&['/', '*']);
        let string = end - place > 1 && !comment;
        for (offset, letter) in token.iter().enumerate() {
            let edge = string && (offset == 0 || offset + 1 == token.len());
            let blank = comment || string && !keep_strings && !edge;
            seen.push(if blank && *letter != '\n' {
                ' '
            } else {
                *letter
            });
        }
        place = end;
    }
    seen
}

/// The end of the comment or the string that begins here; one letter otherwise.
fn token_end(letters: &[char], start: usize) -> usize {
    let at = |place: usize| letters.get(place).copied().unwrap_or('\0');
    let find = |from: usize, wanted: &[char]| {
        let rest = letters.get(from..).unwrap_or_default();
        let found = rest
            .windows(wanted.len())
            .position(|window| window == wanted);
        found.map_or(letters.len(), |place| from + place + wanted.len())
    };
    match (at(start), at(start + 1)) {
        ('/', '/') => find(start, &['\n']).saturating_sub(1).max(start + 2),
        ('/', '*') => comment_end(letters, start),
        ('"', _) => quoted_end(letters, start),
        ('r', '"' | '#') if !before_is_word(letters, start) => {
            let hashes = letters[start + 1..]
                .iter()
                .take_while(|letter| **letter == '#')
                .count();
            if at(start + 1 + hashes) != '"' {
                return start + 1;
            }
            let mut close = vec!['"'];
            close.extend(std::iter::repeat_n('#', hashes));
            find(start + 2 + hashes, &close)
        }
        // A character, and not a lifetime.
        ('\'', '\\') => find(start + 3, &['\'']),
        ('\'', _) if at(start + 2) == '\'' => start + 3,
        _ => start + 1,
    }
}

fn before_is_word(letters: &[char], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|place| letters.get(place));
    before.is_some_and(|letter| letter.is_alphanumeric() || *letter == '_')
}

fn quoted_end(letters: &[char], start: usize) -> usize {
    let mut place = start + 1;
    while place < letters.len() {
        match letters[place] {
            '\\' => place += 2,
            '"' => return place + 1,
            _ => place += 1,
        }
    }
    letters.len()
}

/// Block comments nest.
fn comment_end(letters: &[char], start: usize) -> usize {
    let (mut place, mut depth) = (start, 0_usize);
    while place + 1 < letters.len() {
        match (letters[place], letters[place + 1]) {
            ('/', '*') => {
                depth += 1;
                place += 2;
            }
            ('*', '/') => {
                depth -= 1;
                place += 2;
                if depth == 0 {
                    return place;
                }
            }
            _ => place += 1,
        }
    }
    letters.len()
}

/// Every function with a body, and its lines from the head to the closing brace.
pub fn functions(text: &str) -> Vec<(String, usize)> {
    let code = without_comments(text, false);
    let mut found = Vec::new();
    for (place, _) in code.match_indices("fn ") {
        let before = code[..place].chars().next_back();
        let name: String = code[place + 3..]
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        let is_word = before.is_none_or(|letter| letter.is_whitespace() || letter == '(');
        if name.is_empty() || !is_word {
            continue;
        }
        if let Some(length) = body_end(&code[place..]) {
            let lines = code[place..place + length].lines().count();
            found.push((name, lines));
        }
    }
    found
}

/// Where the body that follows a head ends; nothing for a declaration without a body.
fn body_end(code: &str) -> Option<usize> {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (place, letter) in code.char_indices() {
        match letter {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if braces == 0 && brackets == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(place + 1);
                }
            }
            _ => {}
        }
    }
    None
}
