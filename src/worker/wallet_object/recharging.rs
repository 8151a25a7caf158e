//! Recharge rules of a wallet: they are set here, fire here, and hear here what became of what they intended.
//! Whoever asks for the money is elsewhere: see `crate::worker::recharge`.

use std::borrow::Cow;

use crate::engine::command::Said;
use crate::engine::exchange::ExchangeRate;
use crate::engine::recharge::{IntentId, Off};
use crate::engine::recharging::{
    asks_again, has_charges, next_recharge, open_intent, youngest_intent,
};
use crate::engine::{AccountId, Instant, Refusal, Wallet};
use crate::journal::turns::{BEHIND, seen};
use crate::journal::{Storage, recharge as intend};
use crate::wire::money;
use crate::wire::problem::Failure;
use crate::wire::recharge::{self, Given, NewRecharge, Paid};
use crate::wire::reply::json;
use crate::worker::edge::call::{Call, RechargeAsk};
use crate::worker::edge::reply::Reply;

use super::object::{Trouble, WalletObject, failed};

/// So many attempts are shown: what somebody wants to know of a card that fails.
const ATTEMPTS: usize = 5;

/// Somebody did not answer: nobody is asked until then, unless something new is intended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Silence {
    until: Instant,
    /// The youngest intent that was open.
    about: Option<IntentId>,
}

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// The next moment at which a rule has something to do.
    #[must_use]
    pub fn next_recharge(&self, at: Instant) -> Option<Instant> {
        next_recharge(&self.wallet, at)
    }

    /// Whether there is something to charge, or to ask about.
    #[must_use]
    pub fn has_charges(&self, at: Instant) -> bool {
        has_charges(&self.wallet, at)
    }

    /// Somebody did not answer about a charge just now.
    #[must_use]
    pub fn silence(&self, at: Instant) -> Silence {
        Silence {
            until: asks_again(&self.wallet, at),
            about: youngest_intent(&self.wallet),
        }
    }

    /// From when on there may be asked about charges, after a silence.
    #[must_use]
    pub fn asks_from(&self, silence: &Silence) -> Instant {
        // What was intended since has asked nobody yet, so it must not wait for what went wrong before it.
        if youngest_intent(&self.wallet) > silence.about {
            return Instant::from_micros(0);
        }
        silence.until
    }

    /// One arm per question.
    pub(super) fn answer_recharge(
        &mut self,
        call: &Call,
        ask: &RechargeAsk,
        body: &str,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        match ask {
            RechargeAsk::Set { asset, given } => self.set_recharge(call, body, (asset, given), at),
            RechargeAsk::Preview { asset, given } => {
                self.preview_recharge(call, body, (asset, given), at)
            }
            RechargeAsk::List => Ok(Reply::ok(recharge::rules(&*self.seen(at)?, at))),
            RechargeAsk::Get { asset } => {
                let account = AccountId::default_for(asset);
                let rule = recharge::rule(&*self.seen(at)?, &account, at);
                let none = || Failure::NotFound.because("The asset has no recharge rule.");
                Ok(Reply::ok(rule.ok_or_else(none)?))
            }
            RechargeAsk::Attempts { asset, intents } => self.attempts(asset, intents),
            RechargeAsk::Charges => Ok(Reply::ok(json(&recharge::charges(&self.wallet, at)))),
            RechargeAsk::Intend { rates } => self.intend_recharges(rates, at),
            RechargeAsk::Credit(paid) => self.credit_recharge(paid, at),
            RechargeAsk::Note { intent, said } => self.note_recharge(*intent, said, at),
            RechargeAsk::Stop { payment_method } => self.stop_recharges(payment_method, at),
        }
    }

    /// The wallet as it is now. What is due is written for it only where it is more than one read decides for itself.
    fn seen(&mut self, at: Instant) -> Result<Cow<'_, Wallet>, Trouble> {
        if seen(&self.wallet, at).is_none() {
            self.settle_due(at)?;
        }
        seen(&self.wallet, at).ok_or_else(|| BEHIND.into())
    }

    /// Intends what rules are due, where a call has written something since `before`.
    ///
    /// # Errors
    /// What the storage said.
    pub(super) fn recharge_when_due(&mut self, before: u64, at: Instant) -> Result<(), String> {
        if self.wallet.seq == before || self.wallet.recharges.is_empty() {
            return Ok(());
        }
        let written = self.recharge(&[], at);
        written.map_err(|failure| failure.to_string())
    }

    /// Intends what rules are due.
    pub(super) fn recharge(
        &mut self,
        rates: &[(AccountId, Option<ExchangeRate>)],
        at: Instant,
    ) -> Result<(), S::Failure> {
        let rows = intend(&mut self.storage, &mut self.wallet, rates, at)?;
        // What time has made due may be among them, such as a renewal, which the directory must hear of.
        self.recorded |= rows > 0;
        Ok(())
    }

    /// `PUT …/wallet/recharge/{asset}`: 200 with the rule and what it does at once.
    pub(super) fn set_recharge(
        &mut self,
        call: &Call,
        body: &str,
        (asset, given): (&str, &Given),
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let new = read(call, body, asset)?;
        let answer = self.transact_one(at, new.command(given)?)?;
        // Before the answer is made, since it says what saving has done.
        self.recharge(&[], at).map_err(failed)?;
        let body = recharge::rule(&self.wallet, &new.account, at);
        Ok(Reply::ok(body.unwrap_or_default()).replayed(answer.replayed))
    }

    /// What became of intents, the first few of those that have ended: 200, also where there are none.
    fn attempts(&self, asset: &str, intents: &[IntentId]) -> Result<Reply, Trouble> {
        let account = AccountId::default_for(asset);
        let customer = &self.wallet.customer;
        let find = |op: String| {
            let row = self.storage.find(&op).map_err(failed);
            row.map(|row| row.map(|row| row.entry))
        };
        let mut ended = Vec::new();
        for intent in intents {
            let Some(intended) = self.entry(*intent).map_err(failed)? else {
                continue;
            };
            let id = recharge::id_of(customer, *intent);
            let (paid, declined) = (
                find(format!("recharge:{id}"))?,
                find(format!("recharge:{id}:declined"))?,
            );
            let one = recharge::Ended::of(&account, &intended, paid.as_ref(), declined.as_ref());
            ended.extend(one);
            if ended.len() == ATTEMPTS {
                break;
            }
        }
        Ok(Reply::ok(recharge::attempts(customer, &ended)))
    }

    /// `POST …/wallet/recharge/{asset}/preview`: 200; nothing is written.
    pub(super) fn preview_recharge(
        &mut self,
        call: &Call,
        body: &str,
        (asset, given): (&str, &Given),
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let new = read(call, body, asset)?;
        let wallet = self.seen(at)?;
        Ok(Reply::ok(recharge::preview(&wallet, &new, given, at)?))
    }

    /// Rates of now for the rules that wait for them: 204.
    pub(super) fn intend_recharges(
        &mut self,
        rates: &[(AccountId, Option<ExchangeRate>)],
        at: Instant,
    ) -> Result<Reply, Trouble> {
        self.recharge(rates, at).map_err(failed)?;
        Ok(Reply::new(204, String::new()))
    }

    /// Credits an intent once, however often it is told that it was paid, and also where it had been given up.
    pub(super) fn credit_recharge(&mut self, paid: &Paid, at: Instant) -> Result<Reply, Trouble> {
        let intended = self.entry(paid.intent).map_err(failed)?;
        let credit = intended.and_then(|entry| paid.credit(&self.wallet, &entry));
        let answer = self.transact_one(at, credit.ok_or(Refusal::RechargeNotFound)?)?;
        // A fee that waited for the money is collected before anything else is intended.
        self.settle_due(at)?;
        let body = money::credited(&self.wallet.customer, &answer.entry);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }

    /// What a processor says of an intent: 204, also where it has ended meanwhile and this is old news.
    pub(super) fn note_recharge(
        &mut self,
        intent: IntentId,
        said: &Said,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        if open_intent(&self.wallet, intent).is_some() {
            let note = recharge::note(&self.wallet.customer, intent, said.clone());
            self.transact_one(at, note)?;
        }
        Ok(Reply::new(204, String::new()))
    }

    /// Turns off the rules that name a payment method that is gone: 204.
    pub(super) fn stop_recharges(
        &mut self,
        payment_method: &str,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        // Found first, because each command changes the rules.
        let mut named = Vec::new();
        for (account, one) in &self.wallet.recharges {
            let charges = one.rule.payment_method.as_deref() == Some(payment_method);
            if charges && one.rule.enabled && one.off.is_none() {
                let because = Off::PaymentMethodRemoved;
                named.push(recharge::stop(account, because, one.turn));
            }
        }
        for command in named {
            self.transact_one(at, command)?;
        }
        Ok(Reply::new(204, String::new()))
    }
}

fn read(call: &Call, body: &str, asset: &str) -> Result<NewRecharge, Trouble> {
    let key = call.key.as_deref();
    Ok(NewRecharge::read(body, asset, key, &call.request_id)?)
}
