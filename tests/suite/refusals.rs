//! Every refusal has a code, a place in the order, a sentence, and a scenario.

use std::collections::BTreeSet;

use scrip::engine::freeze::FreezeCause;
use scrip::engine::{HoldStatus, Instant, Refusal};
use serde_json::json;

use crate::edge_cases::text;
use crate::scenarios::all_cases;
use crate::world::{Memory, post};

/// Codes that no command can cause, each with the place that does.
const NOT_FROM_A_COMMAND: [(&str, &str); 6] = [
    (
        "wrong_wallet",
        "the wallet object compares its name with the call before anything is decided; tests/e2e/identity.test.ts",
    ),
    (
        "catching_up",
        "the journal counts what has fallen due; tests/suite/asleep.rs",
    ),
    (
        "too_large",
        "the journal measures the rows of a command; tests/suite/weights.rs",
    ),
    ("too_many_grants_held", "as too_large"),
    ("too_many_accounts", "as too_large"),
    ("wallet_full", "as too_large"),
];

fn frozen() -> Refusal {
    Refusal::WalletFrozen {
        cause: FreezeCause::Dispute,
        id: Some("dp_1".into()),
    }
}

fn held() -> Refusal {
    Refusal::FundsHeld {
        shortages: vec![],
        held: vec![],
        frees_at: Instant::default(),
    }
}

/// One refusal of each variant. The match has no wildcard, so a new variant stops the build here.
fn every_refusal() -> Vec<Refusal> {
    let all = vec![
        Refusal::WrongWallet,
        Refusal::OperationIdReused,
        Refusal::WalletNotFound,
        Refusal::CatchingUp { rows: 10_000 },
        Refusal::WalletAlreadyOpen,
        Refusal::AlreadySubscribed {
            code: "chat".into(),
        },
        Refusal::TooManySubscriptions { subscriptions: 100 },
        Refusal::SubscriptionNotFound,
        Refusal::SubscriptionEnded,
        Refusal::ProductNotFound {
            product: "prod_chat".into(),
        },
        Refusal::HoldNotFound,
        Refusal::HoldAlreadyEnded {
            status: HoldStatus::Released,
        },
        Refusal::PaymentNotFound,
        Refusal::RechargeNotFound,
        Refusal::BudgetNotFound { code: "key".into() },
        Refusal::AssetRequired,
        Refusal::UnknownAsset {
            asset: "USD".into(),
        },
        Refusal::TooPrecise {
            asset: "USD".into(),
            precision: 2,
        },
        Refusal::ExpiresInPast,
        Refusal::TooManyGrants {
            asset: "USD".into(),
            grants: 10_000,
        },
        Refusal::ExceedsGrant {
            asset: "USD".into(),
            left: scrip::engine::Amount::ZERO,
        },
        Refusal::GrantEnded,
        Refusal::NothingToReverse,
        Refusal::NothingToPrice,
        Refusal::EventTooLate { event: 1, days: 30 },
        Refusal::EventInFuture { event: 2 },
        Refusal::UsageNotANumber {
            event: 3,
            field: "tokens".into(),
        },
        Refusal::AmountOutOfRange,
        Refusal::TooManyFees { fees: 10_000 },
        frozen(),
        Refusal::PriceMissing { missing: vec![] },
        Refusal::TooManyOpenHolds { open: 10_000 },
        Refusal::TooManyBudgets { budgets: 100 },
        Refusal::TooManyBudgetValues { values: 10_000 },
        Refusal::BudgetExceeded {
            exceeded: vec![],
            asked: vec![],
        },
        held(),
        Refusal::InsufficientFunds { shortages: vec![] },
        Refusal::TooLarge { bytes: 9, most: 8 },
        Refusal::TooManyGrantsHeld { grants: 10_001 },
        Refusal::TooManyAccounts { accounts: 1_000 },
        Refusal::WalletFull { bytes: 9, most: 8 },
    ];
    for one in &all {
        match one {
            Refusal::WrongWallet
            | Refusal::OperationIdReused
            | Refusal::WalletNotFound
            | Refusal::CatchingUp { .. }
            | Refusal::WalletAlreadyOpen
            | Refusal::AlreadySubscribed { .. }
            | Refusal::TooManySubscriptions { .. }
            | Refusal::SubscriptionNotFound
            | Refusal::SubscriptionEnded
            | Refusal::ProductNotFound { .. }
            | Refusal::HoldNotFound
            | Refusal::HoldAlreadyEnded { .. }
            | Refusal::PaymentNotFound
            | Refusal::RechargeNotFound
            | Refusal::BudgetNotFound { .. }
            | Refusal::AssetRequired
            | Refusal::UnknownAsset { .. }
            | Refusal::TooPrecise { .. }
            | Refusal::ExpiresInPast
            | Refusal::TooManyGrants { .. }
            | Refusal::ExceedsGrant { .. }
            | Refusal::GrantEnded
            | Refusal::NothingToReverse
            | Refusal::NothingToPrice
            | Refusal::EventTooLate { .. }
            | Refusal::EventInFuture { .. }
            | Refusal::UsageNotANumber { .. }
            | Refusal::AmountOutOfRange
            | Refusal::TooManyFees { .. }
            | Refusal::WalletFrozen { .. }
            | Refusal::PriceMissing { .. }
            | Refusal::TooManyOpenHolds { .. }
            | Refusal::TooManyBudgets { .. }
            | Refusal::TooManyBudgetValues { .. }
            | Refusal::BudgetExceeded { .. }
            | Refusal::FundsHeld { .. }
            | Refusal::InsufficientFunds { .. }
            | Refusal::TooLarge { .. }
            | Refusal::TooManyGrantsHeld { .. }
            | Refusal::TooManyAccounts { .. }
            | Refusal::WalletFull { .. } => {}
        }
    }
    all
}

#[test]
fn every_code_occurs_in_a_scenario() {
    let mut seen = BTreeSet::new();
    for (_, cases) in all_cases() {
        let steps = cases.iter().flat_map(|case| &case.steps);
        let expected = steps.flat_map(|step| &step.expected);
        for (_, text) in expected.filter(|(word, _)| *word == "refused") {
            let code = text.split(' ').next().unwrap_or_default();
            assert!(Refusal::CODES.contains(&code), "{code} is no code");
            seen.insert(code.to_owned());
        }
    }
    let codes = Refusal::CODES.iter();
    let unseen: Vec<&str> = codes
        .copied()
        .filter(|code| !seen.contains(*code))
        .collect();
    let excused: Vec<&str> = NOT_FROM_A_COMMAND.iter().map(|(code, _)| *code).collect();
    assert_eq!(unseen, excused, "codes that no scenario expects");
}

#[test]
fn the_codes_are_the_variants_in_their_order() {
    let codes: Vec<&str> = every_refusal().iter().map(Refusal::code).collect();
    assert_eq!(codes, Refusal::CODES);
    assert_eq!(variants_in_the_source(), Refusal::CODES);
}

/// The variants as they are written, which is the order of the checks, in snake case.
fn variants_in_the_source() -> Vec<String> {
    let source = include_str!("../../src/engine/refusal.rs");
    let (_, rest) = source.split_once("pub enum Refusal {").expect("the enum");
    let (body, _) = rest.split_once("\n}").expect("the end of the enum");
    let variant = |line: &str| {
        let name = line.strip_prefix("    ")?;
        let name = name.split([' ', ',', '{', '(']).next()?;
        name.starts_with(|first: char| first.is_ascii_uppercase())
            .then(|| snake_case(name))
    };
    body.lines().filter_map(variant).collect()
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[test]
fn every_refusal_says_in_a_sentence_what_to_do() {
    for refusal in every_refusal() {
        let sentence = refusal.sentence();
        assert!(
            sentence.starts_with(|first: char| first.is_ascii_uppercase()),
            "{sentence}"
        );
        assert!(sentence.ends_with('.'), "{sentence}");
        assert!(
            !sentence.contains(refusal.code()),
            "a person reads this: {sentence}"
        );
    }
}

#[test]
fn only_what_the_wallet_can_outgrow_is_worth_a_retry() {
    let retryable = every_refusal().into_iter().filter(Refusal::retryable);
    let codes: Vec<&str> = retryable.map(|one| one.code()).collect();
    let wanted = [
        "wallet_not_found",
        "catching_up",
        "too_many_subscriptions",
        "unknown_asset",
        "too_many_grants",
        "event_too_late",
        "event_in_future",
        "wallet_frozen",
        "price_missing",
        "too_many_open_holds",
        "too_many_budgets",
        "too_many_budget_values",
        "budget_exceeded",
        "funds_held",
        "insufficient_funds",
        "too_many_grants_held",
        "wallet_full",
    ];
    assert_eq!(codes, wanted);
}

/// Case f-08: credit that was to end, and a word that is nearly the field's name.
#[test]
fn a_misspelt_field_is_refused_with_the_one_that_was_meant() {
    let world = Memory::new();
    let acme = json!({ "name": "Acme", "external_id": "acme" });
    let customer = text(&world.get(&post("/v1/customers", acme), 201), "id");
    let before = world.everything();
    let credit = json!({ "transaction_id": "t", "asset": "USD", "amount": "10", "reason": "gift",
        "expire_at": "2030-01-01T00:00:00Z" });
    let path = format!("/v1/customers/{customer}/wallet/adjustments");
    let refused = world.get(&post(path, credit), 422);
    let told = json!({ "expire_at": ["is not a field here; did you mean expires_at?"] });
    assert_eq!(
        (&refused["code"], &refused["errors"]),
        (&json!("validation_failed"), &told)
    );
    assert!(world.everything() == before);
}
