//! The page where customers see their own balances, and the one where they redeem a code.
//!
//! It shows the balances without a script. Where there is one and a token came with the link, the portal's element takes
//! their place (`www/assets/portal_page.js`).

use maud::{Markup, html};

use crate::engine::asset::DEFAULT_ACCOUNT;
use crate::engine::{AccountId, Instant};
use crate::wire::overview::{AccountView, Changed, Line, Overview};
use crate::wire::time;

use crate::wire::page::document::{document, scripted, when};
use crate::wire::page::unit::Unit;

/// Puts the element where the balances are.
const SCRIPT: &str = "/assets/portal_page.js";

/// What is shown, and how its assets are written.
pub struct PortalPage<'a, U: Fn(&str) -> Unit> {
    /// The session. The script keeps its token under this name until the tab is closed.
    pub session: &'a str,
    /// The customer's name, or its id where it has none.
    pub customer: &'a str,
    /// What the wallet says of itself.
    pub overview: &'a Overview,
    /// The unit of an asset, by its code.
    pub unit: U,
    /// Where the way back leads.
    pub return_url: &'a str,
    /// Where the return address leads, in words.
    pub return_host: &'a str,
    /// When the figures were read.
    pub at: Instant,
    /// From when on the link opens nothing any more.
    pub open_until: Instant,
}

/// The page: a notice where one is due, a card per account, and the last changes of a balance.
#[must_use]
pub fn portal<U: Fn(&str) -> Unit>(page: &PortalPage<'_, U>) -> String {
    let overview = page.overview;
    let content = html! {
        div.wide {
            header {
                a rel="noreferrer" href=(page.return_url) {
                    span aria-hidden="true" { "\u{2190}" } " Back to " (page.return_host)
                }
                h1 #name { "Your balance" }
                p.muted { (page.customer) }
            }
            main #portal hidden data-session=(page.session) {}
            main data-plain {
                @if let Some(sentence) = notice(overview) {
                    p.notice role="status" { (sentence) }
                }
                div.accounts {
                    @for one in &overview.accounts {
                        (account(one, &(page.unit)(&one.account.asset)))
                    }
                    // A page without anything would look broken.
                    @if overview.accounts.is_empty() {
                        section.card {
                            h2 { "No balance yet" }
                            p { "Your first top-up shows here." }
                        }
                    }
                }
                (code_form())
                (activity(page))
                @if !overview.accounts.is_empty() {
                    p { a href="/portal/recharge" { "Automatic recharge" } }
                }
            }
            footer.small data-plain {
                p {
                    "As of " (time::readable(page.at)) ". Reload the page for newer figures; the "
                    "link works until " (when(page.open_until)) "."
                }
            }
        }
    };
    scripted("Your balance", Some(SCRIPT), &content)
}

/// One notice at most, the most pressing one.
fn notice(overview: &Overview) -> Option<&'static str> {
    let mut accounts = overview.accounts.iter();
    // Below zero comes first: it says more than that nothing is available, which is true as well.
    if accounts.any(|one| one.balance.is_negative()) {
        return Some("More was used than was left. Your next top-up covers this first.");
    }
    // Overdraft counts: while it lasts, calls go on.
    let nothing_left = !overview.accounts.is_empty() && overview.accounts.iter().all(is_used_up);
    nothing_left.then_some("Nothing is available now. Calls are paused until you add funds.")
}

/// Whether no call at all could be paid from an account.
fn is_used_up(view: &AccountView) -> bool {
    let left = view.available.folded_plus(view.overdraft);
    !left.is_positive() && !view.restricted.is_positive()
}

/// Accounts that are not called anything particular go by their asset alone.
fn name(account: &AccountId, unit: &Unit) -> Markup {
    html! {
        (unit.name)
        @if account.name != DEFAULT_ACCOUNT {
            " " span.muted { (account.name) }
        }
    }
}

fn account(view: &AccountView, unit: &Unit) -> Markup {
    html! {
        section.card {
            h2 { (name(&view.account, unit)) }
            p.headline { (unit.plain(view.available)) }
            p.muted { "available" }
            dl {
                div { dt { "Held for running calls" } dd { (unit.plain(view.held)) } }
                @if !view.restricted.is_zero() {
                    div { dt { "For certain uses only" } dd { (unit.plain(view.restricted)) } }
                }
                div { dt { "Total" } dd { (unit.plain(view.balance)) } }
                @if let Some(next) = &view.expiring {
                    div {
                        dt { "Ends next" }
                        dd { (unit.plain(next.amount)) br; span.muted { (when(next.at)) } }
                    }
                }
            }
        }
    }
}

/// Where a code is typed. Its answer says what the code gives, before anything is added.
fn code_form() -> Markup {
    html! {
        section.card {
            h2 { "Redeem a code" }
            form.line method="post" action="/portal/codes" {
                label for="code" { "Code" }
                input #code name="code" required autocomplete="off" autocapitalize="characters"
                    spellcheck="false" maxlength="40" placeholder="XXXX-XXXX-XXXX-XXXX";
                button name="action" value="preview" { "See what it gives" }
            }
        }
    }
}

/// What a code gives.
pub struct CodePage<'a> {
    /// As it was typed, in its one form.
    pub code: String,
    pub amount: String,
    pub description: Option<&'a str>,
    /// From when on the credit cannot be used any more.
    pub expires_at: Option<Instant>,
    /// Only certain usage may draw on it.
    pub is_restricted: bool,
    /// The customer has it already.
    pub is_redeemed: bool,
}

/// The page before a code is redeemed. Its form posts the code again with `action` = `redeem`.
#[must_use]
pub fn offer(page: &CodePage<'_>) -> String {
    let title = if page.is_redeemed {
        "You have redeemed this code"
    } else {
        "This code gives you"
    };
    let content = html! {
        main.card {
            h1 { (title) }
            p.headline { (page.amount) }
            dl {
                div { dt { "Code" } dd { (page.code) } }
                @if let Some(text) = page.description {
                    div { dt { "Note" } dd { (text) } }
                }
                @if page.is_restricted {
                    div { dt { "Can be used for" } dd { "certain uses only" } }
                }
                @if let Some(end) = page.expires_at {
                    div { dt { "Can be used until" } dd { (when(end)) } }
                }
            }
            @if !page.is_redeemed {
                form method="post" action="/portal/codes" {
                    input type="hidden" name="code" value=(page.code);
                    button.primary name="action" value="redeem" { "Add to your balance" }
                }
            }
            a.button href="/portal" { "Back to your balance" }
        }
    };
    document(title, &content)
}

fn activity<U: Fn(&str) -> Unit>(page: &PortalPage<'_, U>) -> Markup {
    let lines = &page.overview.lines;
    html! {
        section.card {
            h2 #activity { "Activity" }
            @if lines.is_empty() {
                p { "Nothing yet. Your first call shows here within a second." }
            } @else {
                table aria-labelledby="activity" {
                    thead {
                        tr {
                            th scope="col" { "What" }
                            th scope="col" { "When" }
                            th.number scope="col" { "Amount" }
                            th.number scope="col" { "Balance after" }
                        }
                    }
                    tbody {
                        @for one in lines { (line(one, &page.unit)) }
                    }
                }
            }
        }
    }
}

/// One change of a wallet. A change of several accounts has several amounts in its one row.
fn line<U: Fn(&str) -> Unit>(line: &Line, unit: &U) -> Markup {
    let shown = |one: &Changed| unit(&one.account.asset);
    html! {
        tr {
            td {
                span { (line.what) }
                @if let Some(note) = &line.note { span.note.muted { (note) } }
            }
            td.muted { (when(line.at)) }
            td.number {
                @for (place, one) in line.changes.iter().enumerate() {
                    @if place > 0 { br; }
                    (amount(one, &shown(one)))
                }
            }
            td.number.muted {
                // Where the screen is too narrow for a table, its head is gone.
                span.only-narrow { "Balance after: " }
                @for (place, one) in line.changes.iter().enumerate() {
                    @if place > 0 { br; }
                    (shown(one).plain(one.balance))
                }
            }
        }
    }
}

/// A change with its sign: what comes in is told from what goes out without its colour, too.
fn amount(change: &Changed, unit: &Unit) -> Markup {
    let comes_in = change.amount.is_positive();
    html! {
        span class=(if comes_in { "plus" } else { "minus" }) {
            @if comes_in { "+" }
            (unit.plain(change.amount))
        }
    }
}
