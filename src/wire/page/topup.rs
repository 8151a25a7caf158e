//! The page where a top-up is paid on the test side. It stands in for a payment provider.

use crate::engine::{Amount, Instant};

use super::{Unit, document, escaped, when};

/// What is shown of a top-up before it is paid.
pub struct TopUpPage<'a> {
    pub customer: &'a str,
    pub paid: Amount,
    pub currency: Unit,
    pub credited: Amount,
    pub asset: Unit,
    /// What is paid is also what is credited.
    pub in_kind: bool,
    pub description: Option<&'a str>,
    pub credit_expires_at: Option<Instant>,
    pub open_until: Instant,
}

/// The page with the buttons.
#[must_use]
pub fn top_up(page: &TopUpPage<'_>) -> String {
    let paid = page.currency.write(page.paid);
    let mut rows = vec![("For", escaped(page.customer))];
    if !page.in_kind {
        rows.push(("You get", page.asset.write(page.credited)));
    }
    rows.extend(page.description.map(|text| ("Note", escaped(text))));
    let expiry = page.credit_expires_at.map(when);
    rows.extend(expiry.map(|at| ("Can be used until", at)));
    rows.push(("Open until", when(page.open_until)));
    let rows = rows
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"));
    let rows: String = rows.collect();
    let content = format!(
        "<main class=\"card\">\n<p class=\"badge\">Test payment: no money moves</p>\n\
         <h1>Add to your balance</h1>\n<p class=\"headline\">{paid}</p>\n<dl>\n{rows}</dl>\n\
         <form method=\"post\">\n\
         <button class=\"primary\" name=\"action\" value=\"pay\">Pay {paid}</button>\n\
         <div class=\"pair\">\n<button name=\"action\" value=\"decline\">Decline</button>\n\
         <button name=\"action\" value=\"cancel\">Cancel</button>\n</div>\n</form>\n\
         <p class=\"small\">This page stands in for a payment provider on the test side. \
         <b>Pay</b> adds the credit, once. <b>Decline</b> ends the top-up as failed. \
         <b>Cancel</b> goes back and leaves it open.</p>\n</main>\n"
    );
    document("Add to your balance", &content)
}
