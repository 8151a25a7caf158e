//! What no statement of the directory may do, because it costs more the more there is: pass over rows, and
//! count all of them.

use super::source::view;
use super::{View, committed_files, read};

/// The one place that passes over rows: an offset is bounded there, and pages go on by a cursor.
const LISTS: &str = "src/worker/edge/statements.rs";

/// Sums over a period are what is asked for, and say of how many they are.
const SUMS: &str = "src/worker/stats/sql/sums.sql";

#[test]
fn nothing_passes_over_rows_or_counts_without_an_end() {
    let (mut looked_at, mut wrong) = (0, Vec::new());
    for path in committed_files() {
        let text = match path
            .strip_prefix("src/worker/")
            .and_then(|path| path.rsplit_once('.'))
        {
            Some((_, "sql")) => read(&path),
            Some((_, "rs")) => view(View::Strings, &read(&path)),
            _ => continue,
        };
        looked_at += 1;
        wrong.extend(breaches(&path, &text));
    }
    assert!(looked_at > 50, "{looked_at}");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn breaches(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if path != LISTS && text.contains("OFFSET") {
        wrong.push(format!(
            "{path}: OFFSET reads what it passes over; use a Listing of edge/list.rs"
        ));
    }
    if path != SUMS
        && text
            .match_indices("COUNT(*)")
            .any(|(at, _)| !is_bounded(&text[at..]))
    {
        wrong.push(format!(
            "{path}: count within bounds: COUNT(*) FROM (SELECT 1 FROM … LIMIT …)"
        ));
    }
    wrong
}

/// Whether a count is of a sub-query with a limit of its own.
fn is_bounded(text: &str) -> bool {
    let Some((name, rows)) = text.split_once("FROM (SELECT 1 ") else {
        return false;
    };
    let mut depth = 1_u32;
    let end = rows.char_indices().find(|(_, sign)| {
        depth = match sign {
            '(' => depth + 1,
            ')' => depth - 1,
            _ => depth,
        };
        depth == 0
    });
    let inner = end.and_then(|(end, _)| rows.get(..end)).unwrap_or_default();
    name.len() < 20 && inner.contains("LIMIT ")
}

#[test]
fn what_has_no_end_is_found() {
    for bad in [
        "SELECT * FROM vendor LIMIT ?1 OFFSET ?2",
        "SELECT COUNT(*) AS total FROM vendor",
        "SELECT COUNT(*) FROM (SELECT 1 FROM vendor)",
        "WHERE (SELECT COUNT(*) FROM vendor) < 5 AND (SELECT 1 FROM (SELECT 1 FROM x LIMIT 1))",
        "WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM vendor)) < 5 LIMIT 1",
    ] {
        assert_eq!(
            breaches("src/worker/x/statements.rs", bad).len(),
            1,
            "{bad}"
        );
    }
    for good in [
        "SELECT COUNT(*) AS total FROM (SELECT 1 FROM vendor WHERE id IN (?1) LIMIT 10001)",
        "WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM x LIMIT CAST(?7 AS INTEGER))) < 5",
        "SELECT COUNT(DISTINCT id) FROM subscription",
    ] {
        assert!(
            breaches("src/worker/x/statements.rs", good).is_empty(),
            "{good}"
        );
    }
}
