//! What a subscription lacks, and the top-up that would pay for it.

use serde::{Deserialize, Serialize};

use crate::engine::exchange::ExchangeRate;
use crate::engine::subscription::{SubscriptionId, lacking};
use crate::engine::{AccountId, Amount, Instant, Quantity, SubscriptionStatus, Wallet};
use crate::journal::chain::request_digest;

use super::ids;
use super::reply::json;
use super::topup::NewTopUp;

/// A subscription, as its payment link sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unpaid {
    pub id: String,
    /// Whether it waits for a payment at all.
    pub status: SubscriptionStatus,
    /// Counts the turns of its life: what is asked at another one is another fee.
    pub turn: u32,
    /// The codes of its products.
    pub products: Vec<String>,
    /// Where the customer comes back to after paying.
    pub return_url: Option<String>,
    pub failure_url: Option<String>,
    /// An invoice of Stripe is what it waits for.
    #[serde(default)]
    pub invoiced: bool,
    /// Nothing where it waits for nothing.
    pub lacks: Vec<Lack>,
}

/// What is not there of an asset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lack {
    pub asset: String,
    /// Decimal places of the asset.
    pub precision: u32,
    /// What is missing, in units of the asset.
    pub amount: Amount,
}

/// What one of a wallet's subscriptions lacks at a moment, as the JSON of [`Unpaid`]. `None` where
/// the wallet has no such subscription.
#[must_use]
pub fn unpaid(wallet: &Wallet, subscription: SubscriptionId, at: Instant) -> Option<String> {
    let one = wallet.subscription(subscription)?;
    // In any other state nothing waits for a payment, so nothing is lacking.
    let fees = if one.status == SubscriptionStatus::ActionRequired {
        one.charges(wallet.around(), at)
    } else {
        Vec::new()
    };
    let lacks = lacking(&wallet.accounts, &fees, at).into_iter();
    let unpaid = Unpaid {
        id: ids::of_wallet("sub", &wallet.customer, one.id),
        status: one.status,
        turn: one.turn,
        products: one.products.iter().map(|had| had.code.clone()).collect(),
        return_url: one.plan.return_url.clone(),
        failure_url: one.plan.failure_url.clone(),
        invoiced: one.plan.invoiced,
        lacks: lacks
            .map(|(asset, amount)| Lack {
                asset: asset.code.clone(),
                precision: asset.precision,
                amount,
            })
            .collect(),
    };
    Some(json(&unpaid))
}

/// How a lack is paid: so much of a currency buys at least what is missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    pub amount: Amount,
    pub currency: String,
    /// The rate that it was computed by; none where the asset itself is paid.
    pub rate: Option<ExchangeRate>,
}

impl Lack {
    /// The least payment: in the asset itself where it is money, else in the first currency that it
    /// has a rate in. `places` says how many a currency has, and that it is one.
    #[must_use]
    pub fn payment(
        &self,
        rates: Vec<(String, ExchangeRate)>,
        places: fn(&str) -> Option<u32>,
    ) -> Option<Payment> {
        let in_kind = ExchangeRate::SourcePerUnit(Quantity::one().get());
        let pay = |currency: String, rate: ExchangeRate| {
            let amount = rate.least_payment(self.amount, places(&currency)?);
            Some(Payment {
                amount: amount.ok()?,
                // Paid in kind nothing is converted, and a rate of one would look as if something
                // were.
                rate: (currency != self.asset).then_some(rate),
                currency,
            })
        };
        // Currencies are in capitals; `places` says whether it is one that can be charged.
        let is_money = self.asset == self.asset.to_ascii_uppercase();
        let own = is_money.then(|| pay(self.asset.clone(), in_kind)).flatten();
        let mut others = rates.into_iter();
        // The asset itself comes first, because then no rate is needed, and none can move
        // meanwhile.
        own.or_else(|| others.find_map(|(currency, rate)| pay(currency, rate)))
    }
}

impl Unpaid {
    /// What tells the top-ups for one lack from all others.
    #[must_use]
    pub fn request(&self, lack: &Lack) -> String {
        // The amount too: what is missing may have changed since the link was last opened.
        let (turn, amount) = (self.turn.to_string(), lack.amount.to_string());
        request_digest(&["pay", &self.id, &turn, &lack.asset, &amount])
    }

    /// The top-up that pays for a lack. The customer comes back to `link` where the subscription
    /// says nothing else, or lacks more.
    #[must_use]
    pub fn top_up(&self, customer: &str, lack: &Lack, payment: &Payment, link: &str) -> NewTopUp {
        // With more to pay the customer comes back to the link, which asks for the rest; otherwise
        // the rest would never be paid.
        let is_last = self.lacks.len() == 1;
        let back = self.return_url.clone().filter(|_| is_last);
        let metadata = [("subscription_id".to_owned(), self.id.clone())];
        NewTopUp {
            customer_id: customer.to_owned(),
            amount: payment.amount,
            currency: payment.currency.clone(),
            account: AccountId::default_for(&lack.asset),
            exchange_rate: None,
            return_url: back.unwrap_or_else(|| link.to_owned()),
            failure_url: self
                .failure_url
                .clone()
                .or_else(|| self.return_url.clone())
                .unwrap_or_else(|| format!("{link}?paid=no")),
            credit_expires_at: None,
            description: Some(self.products.join(", ")),
            metadata: metadata.into(),
            by_machine: false,
            allow_promotion_codes: false,
            pack: None,
        }
    }
}
