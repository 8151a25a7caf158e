//! Folding: what an entry makes of the wallet. A balance, a hold, a subscription and a budget are
//! nothing but their entries, one after the other.
//!
//! ```text
//! wallet(0)   = nothing
//! wallet(n)   = apply(wallet(n - 1), entry(n))
//! ```
//!
//! An entry is applied in this order: budgets turn, what was spent is counted, money moves, and then the
//! fact does what it says.
//!
//! | fact | folds into |
//! |---|---|
//! | `wallet_opened`, `external_id_changed`, `settings_changed` | the wallet's own words |
//! | `hold_*` | the open holds, what budgets hold, the order of expiries |
//! | `hold_captured`, `usage_recorded`, `usage_priced` | the positions of tiers as well |
//! | `subscri*`, `product_*`, `entitlement_granted` | the subscriptions, what is remembered of plans, and the prices that holds still need |
//! | those, `minimum_charged` | what prices owe at least for the periods that run |
//! | `overdraft_set` | the account |
//! | `budget_set`, `budget_removed`, `presets_changed` | the budgets |
//! | `subscri*`, `product_*` | the budgets that products bring, as well |
//! | `entitlement_granted`, `grant_voided` | a mark on the grant before, or on the grant, as well |
//! | `payment_loss`, `tax_excluded` | what payments have lost |
//! | `freeze_changed` | the freezes |
//! | `recharge_*`, `credited` | the recharge rule of the account |
//! | `debited`, `credit_applied`, `grant_expired`, `reversed` | nothing but their moves |
//!
//! Folding decides nothing. It must give the same wallet for rows of every age, so it reads no clock, asks
//! no price and refuses nothing.

use super::account::WalletAccount;
use super::amount::Amount;
use super::asset::{AccountId, Asset};
use super::budget::{self, Budget, BudgetId, Source, Terms};
use super::command::CreditSource;
use super::entry::{AccountChange, Entry, Fact};
use super::family::{self, Family};
use super::freeze;
use super::grant::{Grant, GrantId, Rolled, Voided};
use super::hold::{Hold, HoldId, HoldStatus};
use super::loss::{Loss, LostPart, PaymentLosses, told};
use super::minimum::align;
use super::moves::{Draw, Move};
use super::price::copied::{Copied, Copies};
use super::recharge::{Recharge, Step};
use super::share::Payer;
use super::standing::Granted;
use super::subscription::{Change, EndCause, Resumed, Subscription, SubscriptionStatus};
use super::time::Instant;
use super::tree::Shared;
use super::wallet::{SPENT_GRANTS_SHOWN, Wallet};

/// Folds one entry into the wallet. It cannot fail: what an entry says has happened.
pub fn apply(wallet: &mut Wallet, entry: &Entry) {
    wallet.seq = entry.seq;
    wallet.at = wallet.at.max(entry.at);
    // Windows turn by the time of the entry, never by a clock, so that every reader of the journal
    // turns them at the same row.
    for budget in wallet.budgets.values_mut() {
        budget.turn(entry.at);
    }
    // What is held is counted through its hold below, because it must be given back when the hold
    // ends; only what was spent is counted here.
    if !entry.fact.reserves() {
        budget::add_spent(&mut wallet.budgets, &entry.counts, entry.at);
    }
    // Money first: the hold that the fact is about is read from these same moves, so they must not
    // be carried out twice.
    for change in &entry.changes {
        apply_change(wallet, entry.at, change);
    }
    match &entry.fact {
        Fact::WalletOpened {
            wallet: name,
            customer,
        } => {
            wallet.name.clone_from(name);
            wallet.customer.clone_from(customer);
        }
        Fact::HoldCaptured { hold, fees, .. } => {
            apply_to_hold(wallet, *hold, entry);
            wallet.count(fees);
        }
        Fact::Subscribed { .. }
        | Fact::SubscriptionChanged { .. }
        | Fact::ProductChanged { .. }
        | Fact::ProductChangePlanned { .. }
        | Fact::ProductEnded { .. }
        | Fact::SubscriptionRenewed { .. }
        | Fact::SubscriptionLapsed { .. }
        | Fact::SubscriptionEnded { .. }
        | Fact::InvoicePaid { .. }
        | Fact::EntitlementGranted { .. }
        | Fact::MinimumCharged { .. } => apply_to_plans(wallet, entry),
        Fact::SettingsChanged { late_events_days } => {
            wallet.late_events_days = Some(*late_events_days);
        }
        Fact::ExternalIdChanged(external) => wallet.external_id = Some(external.clone()),
        Fact::HoldAuthorized { hold, .. } => {
            wallet.past.made(*hold);
            apply_to_hold(wallet, *hold, entry);
        }
        Fact::HoldExtended { hold, .. }
        | Fact::HoldReleased { hold, .. }
        | Fact::HoldExpired { hold } => apply_to_hold(wallet, *hold, entry),
        Fact::UsageRecorded { fees, .. } | Fact::UsagePriced { fees, .. } => wallet.count(fees),
        Fact::OverdraftSet { account, limit } => set_overdraft(wallet, account, *limit),
        Fact::BudgetSet {
            budget,
            code,
            terms,
        } => set_budget(wallet, *budget, code, terms, entry.at),
        Fact::BudgetRemoved { code, .. } => remove_budget(wallet, code, entry),
        Fact::PresetsChanged { budgets } => {
            wallet.presets.clone_from(budgets);
            inherit(wallet, entry);
        }
        Fact::GrantVoided { grant, .. } => mark_voided(wallet, entry, *grant),
        Fact::PaymentLoss(_) | Fact::TaxExcluded { .. } => note_losses(wallet, entry),
        Fact::FreezeChanged(change) => freeze::change(&mut wallet.freezes, change, entry.at),
        Fact::Recharge { account, step } => apply_to_recharge(wallet, account, step, entry),
        Fact::Credited { source, .. } => credit_recharge(wallet, source, entry),
        Fact::GrantExpired { grant, amount } => await_rest(wallet, *grant, *amount),
        Fact::Debited { .. } | Fact::CreditApplied { .. } | Fact::Reversed { .. } => {}
    }
}

fn note_losses(wallet: &mut Wallet, entry: &Entry) {
    if let Fact::PaymentLoss(loss) = &entry.fact {
        note_loss(wallet, loss);
        if loss.cause.takes() {
            for part in &loss.parts {
                if let Some(recharge) = wallet.recharges.get_mut(&part.account) {
                    recharge.lost(entry.at);
                }
            }
        }
    }
    if let Fact::TaxExcluded {
        grant,
        tax,
        returned,
        ..
    } = &entry.fact
    {
        note_tax(wallet, entry, *grant, (*tax, *returned));
    }
}

/// What a payment has lost is as its last row says.
fn note_loss(wallet: &mut Wallet, row: &Loss) {
    let known = wallet.losses.get(&row.payment);
    let claims = known.map_or(&[][..], |known| &known.claims);
    let losses = PaymentLosses {
        paid: row.paid,
        lost: row.lost,
        claims: told(claims, row.cause, &row.id, row.amount),
        parts: row.parts.clone(),
    };
    wallet.losses.insert(row.payment.clone(), losses);
}

/// A payment of which something was taken before its tax was known gave less than it seemed.
fn note_tax(wallet: &mut Wallet, entry: &Entry, grant: GrantId, (tax, returned): (Amount, Amount)) {
    let Some(account) = entry.changes.first().map(|one| &one.account) else {
        return;
    };
    let of = |part: &LostPart| part.account == *account && part.grant == grant;
    let mut payments = wallet.losses.iter();
    let payment = payments.find(|(_, one)| one.parts.iter().any(of));
    let payment = payment.map(|(payment, _)| payment.clone());
    let losses = payment.and_then(|payment| wallet.losses.get_mut(&payment));
    let part = losses.and_then(|losses| losses.parts.iter_mut().find(|part| of(part)));
    if let Some(part) = part {
        *part = part.without_tax(tax, returned);
    }
}

/// A rule is there from when it is first set.
fn apply_to_recharge(wallet: &mut Wallet, account: &AccountId, step: &Step, entry: &Entry) {
    if let Some(known) = wallet.recharges.get_mut(account) {
        known.apply(entry.seq, entry.at, step);
    } else if let Step::Set(rule) = step {
        let made = Recharge::new(rule.clone());
        wallet.recharges.insert(account.clone(), made);
    }
}

/// Paid credit ends the intent that it is of, and the back-off of a rule that waits for its card.
fn credit_recharge(wallet: &mut Wallet, source: &CreditSource, entry: &Entry) {
    let Some(change) = entry.changes.first() else {
        return;
    };
    let Some(known) = wallet.recharges.get_mut(&change.account) else {
        return;
    };
    match source {
        CreditSource::Recharge {
            recharge,
            paid,
            currency,
            ..
        } => known.credited(Some((*recharge, *paid, currency)), entry.at),
        // What a promotion has paid in full says nothing about a card.
        CreditSource::TopUp { paid, .. } if !paid.is_positive() => {}
        CreditSource::Payment { .. } | CreditSource::TopUp { .. } => {
            known.credited(None, entry.at);
        }
        CreditSource::Adjustment { .. } | CreditSource::Code { .. } => {}
    }
}

/// The wallet after these entries, from its first one on.
#[must_use]
pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Wallet {
    let mut wallet = Wallet::default();
    for entry in entries {
        apply(&mut wallet, entry);
    }
    wallet
}

/// Makes an account where the entry does, carries its moves out, and puts grants away that have
/// nothing left.
fn apply_change(wallet: &mut Wallet, at: Instant, change: &AccountChange) {
    if let Some(precision) = change.precision {
        let asset = Asset {
            code: change.account.asset.clone(),
            precision,
        };
        if !wallet.accounts.contains_key(&change.account) {
            let made = WalletAccount::new(asset);
            wallet.accounts.insert(change.account.clone(), made);
        }
    }
    // Folding cannot fail, so a change of an account that nobody made is passed over; the audit of
    // a journal finds it.
    let Some(account) = wallet.accounts.get_mut(&change.account) else {
        return;
    };
    account.grants.pass(at);
    for one in &change.moves {
        account.apply(at, one);
        // The one move that is about a hold without being in one of its rows.
        if let Move::Back {
            hold,
            grant,
            amount,
        } = one
        {
            let (grant, amount) = (*grant, *amount);
            let hold = wallet.holds.get_mut(hold);
            let own = hold.and_then(|hold| hold.reservation_mut(&change.account));
            if let Some(own) = own {
                own.back(Draw { grant, amount });
            }
        }
        // It has something left again, so it is listed once and not twice.
        if let Move::Restore { grant, lot, .. } = one
            && lot.is_some()
            && let Some(spent) = wallet.spent.get_mut(&change.account)
        {
            spent.retain(|one| one.id != *grant);
        }
    }
    // A wallet that lives for years has thousands of grants. Only those with something left are
    // searched at every command, so the others go aside at once.
    let spent = account.grants.take_spent();
    if spent.is_empty() {
        return;
    }
    if !wallet.spent.contains_key(&change.account) {
        wallet
            .spent
            .insert(change.account.clone(), Shared::default());
    }
    if let Some(shown) = wallet.spent.get_mut(&change.account) {
        shown.extend(spent);
        let surplus = shown.len().saturating_sub(SPENT_GRANTS_SHOWN);
        shown.drain(..surplus);
    }
}

/// Marks a grant in the account that an entry changed, also one that has nothing left.
fn mark(wallet: &mut Wallet, entry: &Entry, id: GrantId, change: impl FnOnce(&mut Grant)) {
    let Some(account) = entry.changes.first().map(|one| &one.account) else {
        return;
    };
    let listed = wallet.accounts.get_mut(account);
    if let Some(listed) = listed.filter(|one| one.grants.get(id).is_some()) {
        return listed.grants.update(id, change);
    }
    let spent = wallet.spent.get_mut(account);
    let known = spent.and_then(|all| all.iter_mut().find(|grant| grant.id == id));
    if let Some(grant) = known {
        change(grant);
    }
}

/// What lapses of a plan that invoices pay may go over with the next invoice.
fn await_rest(wallet: &mut Wallet, grant: GrantId, amount: Amount) {
    // Looked at first, because a wallet without such plans must not be copied for it.
    if wallet.subscriptions.iter().any(|one| one.plan.invoiced) {
        let all = wallet.subscriptions.iter_mut();
        all.filter(|one| one.plan.invoiced)
            .for_each(|one| one.await_rest(grant, amount));
    }
}

fn mark_voided(wallet: &mut Wallet, entry: &Entry, grant: GrantId) {
    let (seq, at) = (entry.seq, entry.at);
    mark(wallet, entry, grant, |grant| {
        grant.voided = Some(Voided { entry: seq, at });
    });
}

/// An entitlement's grant that takes over what was left is remembered at the grant before.
fn mark_rolled(wallet: &mut Wallet, entry: &Entry) {
    let Fact::EntitlementGranted {
        grant,
        rolls: Some(rolls),
        ..
    } = &entry.fact
    else {
        return;
    };
    let (into, room) = (*grant, rolls.room);
    mark(wallet, entry, rolls.from, |before| {
        before.rolled = Some(Rolled { into, room });
    });
}

/// A budget that asks the same question goes on counting; only its limit or its name is new.
fn set_budget(wallet: &mut Wallet, id: BudgetId, code: &str, terms: &Terms, at: Instant) {
    match wallet.budgets.get_mut(code) {
        // The entry has decided whether it goes on counting, so that folding compares ids and never
        // terms.
        Some(known) if known.id == id => {
            known.terms = terms.clone();
            known.source = Source::Customer;
        }
        _ => {
            let budget = Budget::new(id, terms.clone(), at);
            wallet.budgets.insert(code.to_owned(), budget);
        }
    }
}

fn set_overdraft(wallet: &mut Wallet, account: &AccountId, limit: Amount) {
    if let Some(account) = wallet.accounts.get_mut(account) {
        account.overdraft = limit;
    }
}

/// What was inherited under its code is there again.
fn remove_budget(wallet: &mut Wallet, code: &str, entry: &Entry) {
    wallet.budgets.remove(code);
    inherit(wallet, entry);
}

/// What the customer's products and the account say of budgets counts where nothing of the customer's own
/// does: those of products first, in the order of subscribing.
fn inherit(wallet: &mut Wallet, entry: &Entry) {
    let products = wallet.products().flat_map(|product| &product.budgets);
    let products = products.map(|one| (one.clone(), Source::Product));
    let account = wallet.presets.iter();
    let account = account.map(|one| (one.clone(), Source::Account));
    let presets: Vec<_> = products.chain(account).collect();
    budget::inherit(&mut wallet.budgets, &presets, entry.seq, entry.at);
}

/// Takes a hold out as it was and puts it in as it is, together with what budgets and the order of
/// expiries know of it.
fn apply_to_hold(wallet: &mut Wallet, id: HoldId, entry: &Entry) {
    // Out and in again, because an extension moves its place in the order of expiries.
    let before = wallet.take_hold(id);
    if let Some(hold) = &before {
        budget::subtract_held(&mut wallet.budgets, &hold.counts);
    }
    let Some(after) = next_hold(before, entry) else {
        return;
    };
    if after.status == HoldStatus::Open {
        budget::add_held(&mut wallet.budgets, &after.counts);
        wallet.put_hold(after);
        return;
    }
    if after.status == HoldStatus::Expired {
        wallet.past.expired(&after);
    }
    forget_prices(wallet);
}

/// The prices in force, where a hold was made under them.
fn prices_to_keep(wallet: &Wallet) -> Option<Vec<Copied>> {
    // Copied before the entry is applied, because what ends with it may lose its prices. Most
    // wallets have no hold that was made since their plan changed last.
    let needed = wallet.past.are_needed();
    needed.then(|| wallet.serving().cloned().collect())
}

/// Keeps the prices of before, where the entry has changed which are in force.
fn keep_prices(wallet: &mut Wallet, entry: &Entry, before: Option<Vec<Copied>>) {
    if let Some(before) = before
        && !wallet.serving().eq(&before)
    {
        wallet.past.change(entry.seq, entry.at, before);
    }
    forget_prices(wallet);
}

fn forget_prices(wallet: &mut Wallet) {
    let holds = &wallet.holds;
    let is_open = |from: HoldId, until: HoldId| {
        let next = holds.starting_at(&from).next();
        next.is_some_and(|(hold, _)| *hold < until)
    };
    wallet.past.forget(wallet.at, is_open);
}

/// A hold as its own entries tell it: the authorization first, then what followed.
#[must_use]
pub fn fold_hold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Option<Hold> {
    entries.into_iter().fold(None, next_hold)
}

/// The hold before the moves of an entry: a new one, where the entry opens it.
fn opened(before: Option<Hold>, entry: &Entry) -> Option<Hold> {
    match (&entry.fact, before) {
        (
            Fact::HoldAuthorized {
                hold,
                subject,
                expires_at,
                ..
            },
            _,
        ) => Some(Hold {
            id: *hold,
            status: HoldStatus::Open,
            authorized_at: entry.at,
            expires_at: *expires_at,
            ended_at: None,
            late: false,
            subject: subject.clone(),
            reservations: Vec::new(),
            counts: Vec::new(),
        }),
        (_, hold) => hold,
    }
}

/// What an entry makes of the hold that it is about; an entry that is about it and opens it comes first.
#[must_use]
pub fn next_hold(before: Option<Hold>, entry: &Entry) -> Option<Hold> {
    let mut hold = opened(before, entry)?;
    fold_moves(&mut hold, &entry.changes);
    if entry.fact.reserves() {
        budget::add_to_hold(&mut hold.counts, &entry.counts);
    } else {
        budget::take_from_hold(&mut hold.counts, &entry.counts);
    }
    let ended = match &entry.fact {
        Fact::HoldExtended { expires_at, .. } => {
            hold.expires_at = *expires_at;
            None
        }
        Fact::HoldCaptured { closes, late, .. } => {
            hold.late = *late;
            closes.then_some(HoldStatus::Captured)
        }
        Fact::HoldReleased { .. } => Some(HoldStatus::Released),
        // It ended at its own time, which may be long before this row was written.
        Fact::HoldExpired { .. } => return Some(hold.expired()),
        Fact::HoldAuthorized { .. }
        | Fact::WalletOpened { .. }
        | Fact::Subscribed { .. }
        | Fact::ExternalIdChanged(_)
        | Fact::SubscriptionChanged { .. }
        | Fact::ProductChanged { .. }
        | Fact::ProductChangePlanned { .. }
        | Fact::ProductEnded { .. }
        | Fact::SubscriptionRenewed { .. }
        | Fact::SubscriptionLapsed { .. }
        | Fact::SubscriptionEnded { .. }
        | Fact::InvoicePaid { .. }
        | Fact::EntitlementGranted { .. }
        | Fact::MinimumCharged { .. }
        | Fact::Credited { .. }
        | Fact::UsageRecorded { .. }
        | Fact::UsagePriced { .. }
        | Fact::Debited { .. }
        | Fact::SettingsChanged { .. }
        | Fact::CreditApplied { .. }
        | Fact::GrantExpired { .. }
        | Fact::GrantVoided { .. }
        | Fact::Reversed { .. }
        | Fact::TaxExcluded { .. }
        | Fact::OverdraftSet { .. }
        | Fact::BudgetSet { .. }
        | Fact::BudgetRemoved { .. }
        | Fact::PresetsChanged { .. }
        | Fact::PaymentLoss(_)
        | Fact::FreezeChanged(_)
        | Fact::Recharge { .. } => None,
    };
    if let Some(status) = ended {
        hold.end(status, entry.at);
    }
    Some(hold)
}

/// What an entry moved in the accounts that a hold has something of.
fn fold_moves(hold: &mut Hold, changes: &[AccountChange]) {
    for change in changes {
        let Some(reservation) = hold.reservation_mut(&change.account) else {
            continue;
        };
        reservation.apply(change.moves.iter());
    }
}

/// Folds an entry about a plan into the subscriptions, and into all that follows from what products the
/// customer has.
fn apply_to_plans(wallet: &mut Wallet, entry: &Entry) {
    let before = prices_to_keep(wallet);
    apply_to_subscriptions(wallet, entry);
    keep_prices(wallet, entry, before);
    mark_rolled(wallet, entry);
    inherit(wallet, entry);
    let minimums = &mut *wallet.minimums;
    if let Fact::MinimumCharged {
        starts_at, due_at, ..
    } = &entry.fact
    {
        let (starts, ends) = (*starts_at, *due_at);
        minimums.retain(|one| (one.starts, one.ends) != (starts, ends));
    }
    align(minimums, &wallet.subscriptions, entry.at);
}

/// Folds an entry into the subscriptions, and into what is remembered of plans. An entry about none of
/// them changes nothing.
fn apply_to_subscriptions(wallet: &mut Wallet, entry: &Entry) {
    let payers = payers(wallet, entry);
    let (all, families, copies) = (
        &mut wallet.subscriptions,
        &mut wallet.families,
        &mut wallet.copies,
    );
    if let Fact::Subscribed {
        products,
        status,
        plan,
        fees,
        resumed,
    } = &entry.fact
    {
        let products = products.iter().map(|one| copies.copy(one)).collect();
        let mut made = Subscription::new(entry.seq, entry.at, products, plan);
        let trial = made.become_by(*status, entry.at, resumed);
        hold_families(families, &made, resumed, trial);
        made.pay(fees, payers);
        return all.push(made);
    }
    let id = entry.fact.subscription();
    if let Some(one) = all.iter_mut().find(|one| Some(one.id) == id) {
        one.turn = one.turn.saturating_add(1);
        apply_to_subscription(one, (families, copies), entry, payers);
    }
}

/// Who paid each fee of an entry: its draws, in their order, pay its fees, in theirs.
fn payers(wallet: &Wallet, entry: &Entry) -> Vec<Vec<Payer>> {
    let (Fact::Subscribed { fees, .. }
    | Fact::SubscriptionChanged { fees, .. }
    | Fact::SubscriptionRenewed { fees, .. }
    | Fact::ProductChanged { charged: fees, .. }) = &entry.fact
    else {
        return Vec::new();
    };
    let mut draws: Vec<(&AccountId, Draw)> = Vec::new();
    for change in &entry.changes {
        let own = change.moves.iter().filter_map(|one| {
            let Move::Draw(draw) = one else {
                return None;
            };
            Some((&change.account, *draw))
        });
        draws.extend(own);
    }
    let mut all = Vec::new();
    for fee in fees {
        let mut left = fee.amount;
        let mut payers = Vec::new();
        for (account, draw) in &mut draws {
            let amount = draw.amount.min(left);
            if account.asset != fee.asset || !amount.is_positive() {
                continue;
            }
            left = left.folded_minus(amount);
            draw.amount = draw.amount.folded_minus(amount);
            let terms = wallet.grant_terms(account, draw.grant).cloned();
            payers.extend(terms.map(|terms| Payer {
                grant: draw.grant,
                amount,
                terms,
            }));
        }
        all.push(payers);
    }
    all
}

/// What a subscription has begins to be remembered.
fn hold_families(families: &mut Vec<Family>, one: &Subscription, resumed: &[Resumed], trial: bool) {
    if one.activated_at.is_none() {
        return;
    }
    for product in &one.products {
        let known = resumed.iter().find(|known| known.product == product.id);
        let kept = known.map(|known| &known.kept);
        let holder = (one.id, product.id.as_str(), product.code.as_str());
        family::hold(families, holder, trial, kept);
    }
}

/// It becomes active when it was due, and what it has begins to be remembered.
fn begin(one: &mut Subscription, families: &mut Vec<Family>, at: Instant, resumed: &[Resumed]) {
    let trial = one.activate(at, resumed);
    hold_families(families, one, resumed, trial);
}

/// What a subscription had is remembered where it stood.
fn let_go(families: &mut Vec<Family>, one: &Subscription, product: &str, at: Instant) {
    let had = one.products.iter().find(|had| had.id == product);
    if let Some(had) = had.filter(|_| one.activated_at.is_some()) {
        let holder = (one.id, product, had.code.as_str());
        family::let_go(families, holder, &one.standing(product), at);
    }
}

fn let_all_go(families: &mut Vec<Family>, one: &Subscription, at: Instant) {
    for product in &one.products {
        let_go(families, one, &product.id, at);
    }
}

/// What an entry makes of the subscription that it is about. The match names every fact, so that a
/// new one must say what it does here.
fn apply_to_subscription(
    one: &mut Subscription,
    (families, copies): (&mut Vec<Family>, &mut Copies),
    entry: &Entry,
    payers: Vec<Vec<Payer>>,
) {
    match &entry.fact {
        Fact::SubscriptionChanged { .. } => apply_change_of(one, families, entry, payers),
        Fact::ProductChanged { charged, .. } => {
            change_product(one, families, copies, entry);
            one.pay(charged, payers);
        }
        Fact::ProductChangePlanned {
            replaces, planned, ..
        } => one.plan_product(replaces, planned.clone()),
        Fact::ProductEnded {
            product, due_at, ..
        } => {
            let_go(families, one, product, *due_at);
            one.end_product(product);
        }
        Fact::SubscriptionRenewed {
            due_at,
            starts,
            fees,
            resumed,
            ..
        } => {
            if *starts {
                begin(one, families, *due_at, resumed);
            } else {
                one.renew();
            }
            one.pay(fees, payers);
        }
        Fact::SubscriptionLapsed { grace_until, .. } => one.lapse(*grace_until),
        Fact::SubscriptionEnded { due_at, cause, .. } => {
            let_all_go(families, one, *due_at);
            one.end(*due_at);
            one.closed = one.plan.invoiced && *cause == EndCause::PeriodEnded;
        }
        Fact::InvoicePaid { .. } => apply_invoice(one, families, entry),
        Fact::EntitlementGranted { .. } => note_granted(one, &entry.fact),
        Fact::WalletOpened { .. }
        | Fact::Subscribed { .. }
        | Fact::ExternalIdChanged(_)
        | Fact::MinimumCharged { .. }
        | Fact::Credited { .. }
        | Fact::HoldAuthorized { .. }
        | Fact::HoldExtended { .. }
        | Fact::HoldCaptured { .. }
        | Fact::HoldReleased { .. }
        | Fact::HoldExpired { .. }
        | Fact::UsageRecorded { .. }
        | Fact::UsagePriced { .. }
        | Fact::Debited { .. }
        | Fact::SettingsChanged { .. }
        | Fact::CreditApplied { .. }
        | Fact::GrantExpired { .. }
        | Fact::GrantVoided { .. }
        | Fact::Reversed { .. }
        | Fact::TaxExcluded { .. }
        | Fact::OverdraftSet { .. }
        | Fact::BudgetSet { .. }
        | Fact::BudgetRemoved { .. }
        | Fact::PresetsChanged { .. }
        | Fact::PaymentLoss(_)
        | Fact::FreezeChanged(_)
        | Fact::Recharge { .. } => {}
    }
}

/// A caller has changed it.
fn apply_change_of(
    one: &mut Subscription,
    families: &mut Vec<Family>,
    entry: &Entry,
    payers: Vec<Vec<Payer>>,
) {
    let Fact::SubscriptionChanged {
        change,
        status,
        cancel_at_period_end,
        fees,
        ends_at,
        resumed,
        ..
    } = &entry.fact
    else {
        return;
    };
    let ends = *status == SubscriptionStatus::Inactive;
    if ends {
        let_all_go(families, one, entry.at);
    }
    let begins = !one.serves();
    let trial = one.become_by(*status, entry.at, resumed);
    if begins {
        hold_families(families, one, resumed, trial);
    }
    if *change == Change::Resume && one.cancel_at_period_end {
        one.resume(entry.at);
    }
    one.cancel_at_period_end = *cancel_at_period_end;
    one.cancels_at = *ends_at;
    // Only those know it that somebody else could begin again.
    one.closed = one.plan.invoiced && ends;
    one.pay(fees, payers);
}

/// Another product has taken the place of one that it had.
fn change_product(
    one: &mut Subscription,
    families: &mut Vec<Family>,
    copies: &mut Copies,
    entry: &Entry,
) {
    let Fact::ProductChanged {
        replaces,
        product,
        terms,
        given,
        taken,
        kept,
        ..
    } = &entry.fact
    else {
        return;
    };
    if !taken.is_empty() {
        one.note_taking(entry.seq);
    }
    let old = one.products.iter().find(|had| had.id == *replaces);
    let old = old.map(|old| old.code.clone()).unwrap_or_default();
    one.replace(replaces, copies.copy(product), terms, given);
    if one.activated_at.is_some() {
        let codes = (product.id.as_str(), product.code.as_str(), old.as_str());
        family::replace(families, (one.id, replaces), codes, kept);
    }
}

/// An invoice has paid for a period, with which it begins or goes on.
fn apply_invoice(one: &mut Subscription, families: &mut Vec<Family>, entry: &Entry) {
    let Fact::InvoicePaid {
        period: Some(period),
        begins,
        resumed,
        ..
    } = &entry.fact
    else {
        return;
    };
    if *begins {
        // Counted from the period's own start, so that its credit ends with it however late it was paid.
        begin(one, families, period.starts_at, resumed);
        one.closed = false;
    }
    if one.activated_at.is_some() {
        one.pay_period(*period, entry.at);
    }
}

/// An entitlement has given for one of its periods.
fn note_granted(one: &mut Subscription, fact: &Fact) {
    let Fact::EntitlementGranted {
        place,
        grant,
        period,
        amount,
        carried,
        extra,
        ..
    } = fact
    else {
        return;
    };
    let granted = Granted {
        period: *period,
        amount: amount.folded_minus(*carried),
        extra: *extra,
    };
    one.grant(*place, *grant, granted);
}
