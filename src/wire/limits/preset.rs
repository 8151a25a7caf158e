//! Budgets that wallets inherit: of a product, and of the platform account.

use serde::Serialize;

use crate::engine::budget::{MAX_PRESETS, Preset};
use crate::engine::{Action, Asset, Command};
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::request::{command, read};

use super::budget::{BudgetReply, terms};

/// The list `budgets` of a product or an account: each as one of a customer, with its `code`.
///
/// ```json
/// { "budgets": [ { "code": "daily", "asset": "USD", "limit": "10", "window": "day" } ] }
/// ```
#[must_use]
pub fn presets(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<Preset>> {
    let items = object.objects("budgets", MAX_PRESETS, errors)?;
    let mut presets: Vec<Preset> = Vec::with_capacity(items.len());
    for item in &items {
        let code = item.code("code", errors);
        let code = item.require("code", code, errors);
        let (terms, anchored_to) = terms(item, errors);
        // A subscription is one customer's, and this is for many.
        if anchored_to.is_some() {
            errors.add(&item.path_of("anchor"), "must be a time");
        }
        if presets.iter().any(|one| Some(&one.code) == code.as_ref()) {
            errors.add(&item.path_of("code"), "is given twice");
        }
        let preset = code.zip(terms);
        presets.extend(preset.map(|(code, terms)| Preset { code, terms }));
    }
    Some(presets)
}

/// `PUT /v1/accounts/self/budgets`: all of them, in the place of those before.
///
/// # Errors
/// As [`read`].
pub fn read_presets(body: &str) -> Result<Vec<Preset>, Problem> {
    read(body, |object, errors| {
        let presets = presets(object, errors);
        object.require("budgets", presets, errors)
    })
}

/// The assets that presets name, each with the path where they do.
#[must_use]
pub fn preset_assets(presets: &[Preset]) -> Vec<(String, &str)> {
    let named = presets.iter().enumerate();
    let named = named.map(|(place, one)| {
        let path = format!("budgets[{place}].asset");
        (path, one.terms.asset.as_str())
    });
    named.collect()
}

/// Whether each limit is an amount of its asset.
///
/// # Errors
/// `validation_failed` at every one that is not.
pub fn check_presets<'a>(
    presets: &[Preset],
    asset: impl Fn(&str) -> Option<&'a Asset>,
) -> Result<(), Problem> {
    let mut errors = Errors::default();
    for (place, one) in presets.iter().enumerate() {
        let asset = asset(&one.terms.asset);
        if asset.is_some_and(|asset| !asset.can_express(one.terms.limit)) {
            let sentence = "has more decimal places than its asset";
            errors.add(&format!("budgets[{place}].limit"), sentence);
        }
    }
    Ok(errors.check(Some(()))?)
}

/// Tells a wallet what the account says, once for each call that brings it something new.
#[must_use]
pub fn change_presets(budgets: Vec<Preset>, request_id: &str) -> Command {
    let op = format!("presets:{request_id}");
    command(op, Action::ChangePresets { budgets })
}

#[derive(Serialize)]
struct Presets<'a> {
    budgets: Vec<BudgetReply<'a>>,
}

/// As a product shows them.
#[must_use]
pub fn shown(presets: &[Preset]) -> Vec<BudgetReply<'_>> {
    let shown = presets.iter();
    shown
        .map(|one| BudgetReply::new(&one.code, &one.terms))
        .collect()
}

/// `GET /v1/accounts/self/budgets`.
#[must_use]
pub fn presets_of_account(presets: &[Preset]) -> String {
    json(&Presets {
        budgets: shown(presets),
    })
}
