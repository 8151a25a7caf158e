//! What tests ask of a wallet, with the words that do not matter to them.

use scrip::engine::command::{CreditSource, DebitCause, Metadata};
use scrip::engine::scope::Scope;
use scrip::engine::usage::Maths;
use scrip::engine::*;

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).expect("an amount")
}

pub fn whole(number: u32) -> Amount {
    amount(&number.to_string())
}

pub fn usd(places: u32) -> Asset {
    Asset::new("USD", places).expect("an asset")
}

pub fn opened() -> Action {
    Action::OpenWallet {
        wallet: "acc/test/cust".into(),
        customer: "cust_00000000000000000000000000".into(),
    }
}

/// Money that somebody has paid, in the account that its asset has by default.
pub fn credit(asset: Asset, amount: Amount) -> Credit {
    Credit {
        account: AccountId::default_for(&asset.code),
        asset,
        amount,
        purpose: Purpose::Paid,
        effective_at: None,
        expires_at: None,
        scope: Scope::default(),
        source: CreditSource::Adjustment {
            reason: "gift".into(),
        },
        description: None,
        metadata: Metadata::new(),
    }
}

/// A charge, on the account that its asset has by default.
pub fn charge(asset: Asset, amount: Amount) -> Debit {
    Debit {
        account: AccountId::default_for(&asset.code),
        asset,
        amount,
        cause: DebitCause::Charge,
        subject: None,
        description: None,
        metadata: Metadata::new(),
        maths: Maths::default(),
        grant: None,
    }
}

pub fn change(subscription: u64, change: subscription::Change) -> Action {
    Action::ChangeSubscription {
        subscription,
        change,
    }
}
