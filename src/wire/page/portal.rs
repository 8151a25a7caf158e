//! The page where customers see their own balances. It shows and changes nothing.

use crate::engine::{AccountId, Instant};
use crate::wire::overview::{AccountView, Changed, Line, Overview};
use crate::wire::time;

use super::{Unit, document, escaped, when};

/// What is shown, and how its assets are written.
pub struct PortalPage<'a, U: Fn(&str) -> Unit> {
    pub customer: &'a str,
    pub overview: &'a Overview,
    /// The unit of an asset, by its code.
    pub unit: U,
    pub return_url: &'a str,
    /// Where the return address leads, in words.
    pub return_host: &'a str,
    pub at: Instant,
    pub open_until: Instant,
}

#[must_use]
pub fn portal<U: Fn(&str) -> Unit>(page: &PortalPage<'_, U>) -> String {
    let overview = page.overview;
    let accounts: String = overview
        .accounts
        .iter()
        .map(|one| account(one, &(page.unit)(&one.account.asset)))
        .collect();
    let accounts = if accounts.is_empty() {
        "<section class=\"card\"><h2>No balance yet</h2>\n\
         <p>Your first top-up shows here.</p></section>\n"
            .to_owned()
    } else {
        accounts
    };
    let notice = notice(overview);
    let activity = activity(page);
    let customer = escaped(page.customer);
    let (url, host) = (escaped(page.return_url), escaped(page.return_host));
    let (now, end) = (time::readable(page.at), when(page.open_until));
    let content = format!(
        "<div class=\"wide\">\n<header>\n<a rel=\"noreferrer\" href=\"{url}\">\
         <span aria-hidden=\"true\">\u{2190}</span> Back to {host}</a>\n\
         <h1>Your balance</h1>\n<p class=\"muted\">{customer}</p>\n</header>\n\
         <main>\n{notice}<div class=\"accounts\">\n{accounts}</div>\n{activity}</main>\n\
         <footer class=\"small\"><p>As of {now}. Reload the page for newer figures; the link works \
         until {end}.</p></footer>\n</div>\n"
    );
    document("Your balance", &content)
}

/// One notice at most, the most pressing one.
fn notice(overview: &Overview) -> String {
    let mut accounts = overview.accounts.iter();
    let sentence = if accounts.any(|one| one.balance.is_negative()) {
        "More was used than was left. Your next top-up covers this first."
    } else if !overview.accounts.is_empty() && overview.accounts.iter().all(is_used_up) {
        "Nothing is available now. Calls are paused until you add funds."
    } else {
        return String::new();
    };
    format!("<p class=\"notice\" role=\"status\">{sentence}</p>\n")
}

/// Whether no call at all could be paid from an account.
fn is_used_up(view: &AccountView) -> bool {
    let left = view.available.folded_plus(view.overdraft);
    !left.is_positive() && !view.restricted.is_positive()
}

/// Accounts that are not called anything particular go by their asset alone.
fn name(account: &AccountId, unit: &Unit) -> String {
    let asset = escaped(&unit.name);
    if account.name == crate::engine::asset::DEFAULT_ACCOUNT {
        return asset;
    }
    format!(
        "{asset} <span class=\"muted\">{}</span>",
        escaped(&account.name)
    )
}

fn account(view: &AccountView, unit: &Unit) -> String {
    let name = name(&view.account, unit);
    let available = unit.write(view.available);
    let (held, total) = (unit.write(view.held), unit.write(view.balance));
    let expiring = view.expiring.as_ref().map_or_else(String::new, |next| {
        let (amount, at) = (unit.write(next.amount), when(next.at));
        format!(
            "<div><dt>Ends next</dt><dd>{amount}<br><span class=\"muted\">{at}</span></dd></div>\n"
        )
    });
    let restricted = if view.restricted.is_zero() {
        String::new()
    } else {
        let amount = unit.write(view.restricted);
        format!("<div><dt>For certain uses only</dt><dd>{amount}</dd></div>\n")
    };
    format!(
        "<section class=\"card\">\n<h2>{name}</h2>\n<p class=\"headline\">{available}</p>\n\
         <p class=\"muted\">available</p>\n<dl>\n\
         <div><dt>Held for running calls</dt><dd>{held}</dd></div>\n{restricted}\
         <div><dt>Total</dt><dd>{total}</dd></div>\n{expiring}</dl>\n</section>\n"
    )
}

fn activity<U: Fn(&str) -> Unit>(page: &PortalPage<'_, U>) -> String {
    let lines = &page.overview.lines;
    if lines.is_empty() {
        return "<section class=\"card\"><h2>Activity</h2>\n\
                <p>Nothing yet. Your first call shows here within a second.</p></section>\n"
            .to_owned();
    }
    let rows: String = lines.iter().map(|one| line(one, &page.unit)).collect();
    format!(
        "<section class=\"card\">\n<h2 id=\"activity\">Activity</h2>\n\
         <table aria-labelledby=\"activity\">\n<thead><tr><th scope=\"col\">What</th>\
         <th scope=\"col\">When</th><th scope=\"col\" class=\"number\">Amount</th>\
         <th scope=\"col\" class=\"number\">Balance after</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</section>\n"
    )
}

fn line<U: Fn(&str) -> Unit>(line: &Line, unit: &U) -> String {
    let what = escaped(&line.what);
    let note = line.note.as_deref().map_or_else(String::new, |note| {
        format!("<span class=\"note muted\">{}</span>", escaped(note))
    });
    let each = |show: fn(&Changed, &Unit) -> String| {
        let shown = line.changes.iter();
        let shown = shown.map(|one| show(one, &unit(&one.account.asset)));
        shown.collect::<Vec<_>>().join("<br>")
    };
    let amount = each(|one, unit| {
        let class = if one.amount.is_positive() {
            "plus"
        } else {
            "minus"
        };
        let sign = if one.amount.is_positive() { "+" } else { "" };
        let amount = unit.write(one.amount);
        format!("<span class=\"{class}\">{sign}{amount}</span>")
    });
    let balance = each(|one, unit| unit.write(one.balance));
    let at = when(line.at);
    format!(
        "<tr><td><span>{what}</span>{note}</td><td class=\"muted\">{at}</td><td class=\"number\">{amount}</td>\
         <td class=\"number muted\"><span class=\"only-narrow\">Balance after: </span>{balance}</td>\
         </tr>\n"
    )
}
