//! Files that need each other in a circle cannot be read, tested or moved one at a time. Arrows between
//! the files of a folder go one way.
//!
//! An arrow is a path: `use super::amount::Amount`, `crate::engine::amount::total(…)`, and the path of a
//! re-export. It leads to the file of the longest part of the path that is a module. A re-exporting
//! `mod.rs` has arrows of its own to what it re-exports, so a file that imports from its own parent
//! instead of the sibling that has the name makes a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::View;
use crate::source::view;

/// Folders whose files make no circle.
pub const ROOTS: &[&str] = &[
    "src/engine",
    "src/journal",
    "src/stripe",
    "src/wire",
    "src/worker",
];

#[test]
fn no_files_go_in_circles() {
    let files = crate::rust_files();
    let mut found = Vec::new();
    for root in ROOTS {
        let inside = files.iter().filter(|(path, _)| is_inside(path, root));
        assert!(inside.count() > 3, "{root} has hardly a file");
        found.extend(circles(&files, root));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// The circles of a sample crate, in its folder `src/a`.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    let files: Vec<_> = files.iter().map(own).collect();
    circles(&files, "src/a")
}

#[test]
fn a_circle_is_found_however_the_path_is_written() {
    for (about, bad) in [
        ("two siblings", "use super::two::Two;"),
        ("a list", "use super::{leaf, two::{Two, Other as Another}};"),
        ("the module itself", "use super::two::{self, Other};"),
        ("a path in code", "fn f() { super::two::g(); }"),
        ("from the crate's root", "type T = Vec<crate::a::two::Two>;"),
        ("everything", "use super::two::*;"),
        (
            "a name in an attribute",
            "#[serde(with = \"super::two::text\")]\nstruct One;",
        ),
        (
            "a module inside",
            "mod inner { use super::super::two::Two; }",
        ),
        ("through the parent", "use super::Two;"),
    ] {
        let found = circles_of(&[
            (
                "src/a/mod.rs",
                "mod leaf;\nmod one;\nmod two;\npub use two::Two;",
            ),
            ("src/a/leaf.rs", "pub struct Leaf;"),
            ("src/a/one.rs", bad),
            ("src/a/two.rs", "use super::one::One;"),
        ]);
        assert_eq!(found.len(), 1, "{about}: {found:?}");
        assert!(found[0].contains("src/a/one.rs -> "), "{about}: {found:?}");
    }
}

#[test]
fn a_circle_is_found_however_long_and_deep_it_is() {
    // A parent that re-exports what imports from it.
    let deep = circles_of(&[
        (
            "src/a/mod.rs",
            "mod b;\npub use b::deep::Deep;\npub struct Own;",
        ),
        ("src/a/b/mod.rs", "pub mod deep;"),
        ("src/a/b/deep.rs", "use super::super::Own;"),
    ]);
    assert_eq!(deep.len(), 1, "{deep:?}");
    let three = circles_of(&[
        ("src/a/x.rs", "use super::y::Y;"),
        ("src/a/y.rs", "use super::z::Z;"),
        ("src/a/z.rs", "use super::x::X;"),
        ("src/a/apart.rs", "use super::x::X;"),
    ]);
    assert_eq!(three.len(), 1, "{three:?}");
    assert!(!three[0].contains("apart"), "{three:?}");
}

#[test]
fn one_way_is_no_circle() {
    let back = "use super::one::One;";
    for (about, good, two) in [
        ("one way", "use super::two::Two;", "pub struct Two;"),
        ("a comment", "// super::two::Two", back),
        (
            "a test",
            "#[cfg(test)]\nmod tests { use super::super::two::Two; }",
            back,
        ),
        (
            "itself",
            "mod sealed { use super::Own; }\nstruct Own;",
            back,
        ),
        (
            "visibility",
            "pub(super) struct One;\npub(in super::super) struct Two;",
            back,
        ),
        ("another crate", "use two::Two;", back),
    ] {
        let found = circles_of(&[("src/a/one.rs", good), ("src/a/two.rs", two)]);
        assert!(found.is_empty(), "{about}: {found:?}");
    }
}

// What they are made of.

/// Every circle of a folder: its files, and the arrows that tie them.
fn circles(files: &[(String, String)], root: &str) -> Vec<String> {
    let modules: BTreeMap<Vec<String>, &str> = files
        .iter()
        .filter_map(|(path, _)| Some((module_of(path)?, path.as_str())))
        .collect();
    let inside = files.iter().filter(|(path, _)| is_inside(path, root));
    let arrows: BTreeMap<&str, BTreeSet<&str>> = inside
        .filter_map(|(path, text)| {
            let own = module_of(path)?;
            let targets = targets(&own, text, &modules);
            let near = targets
                .into_iter()
                .filter(|to| to != path && is_inside(to, root));
            Some((path.as_str(), near.collect()))
        })
        .collect();
    let reach: BTreeMap<&str, BTreeSet<&str>> = arrows
        .keys()
        .map(|from| (*from, reachable(from, &arrows)))
        .collect();
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for (file, reached) in &reach {
        if !reached.contains(file) || told.contains(file) {
            continue;
        }
        let circle: BTreeSet<&str> = reached
            .iter()
            .filter(|other| reach[*other].contains(file))
            .copied()
            .collect();
        let ties = circle.iter().flat_map(|from| {
            let near = arrows[from].iter().filter(|to| circle.contains(*to));
            near.map(move |to| format!("  {from} -> {to}"))
        });
        let ties: Vec<String> = ties.collect();
        found.push(format!(
            "these files need each other; move what both need into a file below them:\n{}",
            ties.join("\n")
        ));
        told.extend(circle);
    }
    found
}

fn reachable<'a>(from: &str, arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = arrows[from].iter().copied().collect();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(arrows.get(file).into_iter().flatten());
        }
    }
    reached
}

fn is_inside(path: &str, root: &str) -> bool {
    let rest = path.strip_prefix(root);
    rest.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// `src/engine/price/mod.rs` is `engine::price`. A file of tests may use what it likes.
fn module_of(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    match parts.last().map(String::as_str) {
        Some("tests") => return None,
        Some("mod" | "lib") => _ = parts.pop(),
        _ => {}
    }
    Some(parts)
}

/// The files that a file's paths lead to.
fn targets<'a>(
    own: &[String],
    text: &str,
    modules: &BTreeMap<Vec<String>, &'a str>,
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for (base, path) in paths(own, text) {
        let Some(absolute) = absolute(&base, &path, modules) else {
            continue;
        };
        let lengths = (0..=absolute.len()).rev();
        let file = lengths
            .filter_map(|length| modules.get(&absolute[..length]))
            .next();
        found.extend(file);
    }
    found
}

/// A path from the crate's root; nothing for one that begins with another crate or a local name.
fn absolute(
    base: &[String],
    path: &[String],
    modules: &BTreeMap<Vec<String>, &str>,
) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let mut at = match first.as_str() {
        "crate" => return Some(rest.to_vec()),
        "self" => base.to_vec(),
        "super" => base.split_last()?.1.to_vec(),
        _ => {
            let child = [base, std::slice::from_ref(first)].concat();
            modules.get(&child)?;
            child
        }
    };
    for part in rest {
        match part.as_str() {
            "super" => _ = at.pop(),
            "self" => {}
            name => at.push(name.to_owned()),
        }
    }
    Some(at)
}

/// Every path of a file, with the module that it stands in.
fn paths(own: &[String], text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let mut found = Vec::new();
    let code = view(View::Code, text);
    let mut words = tokens(&code);
    // Serde names functions in strings.
    let strings = view(View::Strings, text);
    let attributes = strings
        .lines()
        .filter(|line| line.trim_start().starts_with("#["));
    let attributes: Vec<&str> = attributes.collect();
    let attributes = attributes.join("\n");
    let plain: Vec<&str> = tokens(&attributes);
    words.push(";");
    words.extend(plain);
    // Modules inside the file, each with the depth of its braces.
    let mut inner: Vec<(String, usize)> = Vec::new();
    let (mut place, mut depth) = (0, 0);
    while place < words.len() {
        let at = |offset: usize| words.get(place + offset).copied().unwrap_or_default();
        let names = inner.iter().map(|(name, _)| name.clone());
        let base: Vec<String> = own.iter().cloned().chain(names).collect();
        match at(0) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inner.last().is_some_and(|(_, opened)| *opened == depth) {
                    inner.pop();
                }
            }
            "mod" if at(2) == "{" => {
                inner.push((at(1).to_owned(), depth));
                depth += 1;
                place += 2;
            }
            // Who may see an item is no arrow.
            "pub" if at(1) == "(" => {
                let rest = words[place..].iter();
                place += rest.take_while(|word| **word != ")").count();
            }
            // `impl Trait + use<>` names what a type borrows and no file.
            "use" if at(1) != "<" => {
                let rest = &words[place + 1..];
                let end = rest.iter().position(|word| *word == ";");
                let tree = &rest[..end.unwrap_or(rest.len())];
                for path in leaves(tree) {
                    found.push((base.clone(), path));
                }
                place += tree.len();
            }
            word if is_name(word) && at(1) == "::" => {
                let mut path = vec![word.to_owned()];
                while words.get(place + 1) == Some(&"::")
                    && words.get(place + 2).is_some_and(|word| is_name(word))
                {
                    path.push(words[place + 2].to_owned());
                    place += 2;
                }
                if path.len() > 1 {
                    found.push((base, path));
                }
            }
            _ => {}
        }
        place += 1;
    }
    found
}

/// The paths of a tree: `a::{b, c::d as e, self}` is `a::b`, `a::c::d` and `a`.
fn leaves(tree: &[&str]) -> Vec<Vec<String>> {
    let mut path = Vec::new();
    let mut place = 0;
    while place < tree.len() {
        match tree[place] {
            "{" => {
                let mut found = Vec::new();
                let (mut depth, mut start) = (0, place + 1);
                for end in place..tree.len() {
                    match tree[end] {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 || depth == 1 && tree[end] == "," {
                        found.extend(leaves(&tree[start..end]));
                        start = end + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
                let whole = |rest: Vec<String>| [path.clone(), rest].concat();
                return found.into_iter().map(whole).collect();
            }
            "as" => break,
            "self" if !path.is_empty() => {}
            word if is_name(word) => path.push(word.to_owned()),
            _ => {}
        }
        place += 1;
    }
    if path.is_empty() {
        Vec::new()
    } else {
        vec![path]
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Names, `::`, and every other sign by itself.
fn tokens(code: &str) -> Vec<&str> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if is_part(first) {
            rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        found.push(token);
        rest = after.trim_start();
    }
    found
}
