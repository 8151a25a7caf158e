//! A naive wallet of plain integers. It knows the rules and shares no code with the engine.
//!
//! Amounts are whole numbers of 10^-12, moments are seconds. Every request works on a copy, so a refusal
//! cannot change anything; nothing is indexed, sorted ahead or remembered that could be looked up.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model_budgets::Budget;
use crate::model_catalogue::{Preset, Price};
use crate::model_periods::{Counter, Least};
use crate::model_prices::{Asker, Charged, Quote};
pub use crate::model_requests::{Consumption, Event, Field, Request, Scope, Work};

/// Assets by number; each has one account.
pub const PRECISIONS: [u32; 3] = [12, 0, 2];

/// Whole units of 10^-12 in 1.
pub const ONE: i128 = 1_000_000_000_000;

/// Usage that has added up: price, the word of its row, the month (or 0), and how much, in 10^-12.
pub type Position = (usize, Option<usize>, i64, i128);

/// What an accepted request shows beside the state that it leaves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    /// Rows that the journal grows by: what time made due, and the request's own.
    pub rows: u64,
    pub fees: Vec<i128>,
    /// Affordable and requested volume of each price that was lowered, in 10^-12.
    pub caps: Vec<(i128, i128)>,
    pub capped: bool,
    pub late: bool,
    pub warnings: usize,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub id: u64,
    pub asset: usize,
    pub free: i128,
    purpose: u8,
    from: i64,
    until: Option<i64>,
    pub scope: Scope,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Open,
    Captured,
    Released,
    Expired,
}

#[derive(Clone, Debug)]
pub struct Hold {
    pub id: u64,
    pub state: State,
    pub expires: i64,
    /// Grant and amount that are still reserved.
    pub parts: Vec<(u64, i128)>,
    /// Accounts that its entries touched.
    assets: Vec<usize>,
    pub held: [i128; 3],
    pub captured: [i128; 3],
    /// Of the overdraft.
    pub pledged: [i128; 3],
    pub subject: Option<usize>,
    /// The products that there were when it was made.
    pub products: Vec<usize>,
    /// It expired and was captured in part since.
    late: bool,
    /// Budget, value and amount.
    pub counts: Vec<(u64, String, i128)>,
    /// The fees that it was made for, and those of each extension.
    pub asked: Vec<Vec<Charged>>,
    /// What was captured by event type: events, and sums by asset.
    pub used: BTreeMap<usize, (usize, [i128; 3])>,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub seq: u64,
    pub at: i64,
    pub prices: Rc<Vec<Price>>,
    /// What each product says of budgets, and what the account says.
    pub limits: Rc<Vec<Vec<Preset>>>,
    pub presets: Vec<Preset>,
    pub subscribed: Vec<usize>,
    pub positions: Vec<Position>,
    pub counters: Vec<Counter>,
    pub leasts: Vec<Least>,
    /// What was charged when months were over: price, asset and amount.
    pub topped_up: Vec<(usize, usize, i128)>,
    pub exists: [bool; 3],
    pub debt: [i128; 3],
    pub overdraft: [i128; 3],
    pub budgets: Vec<Budget>,
    pub grants: Vec<Grant>,
    pub holds: Vec<Hold>,
}

/// The month that a moment lies in, as its first second; the ones that the workload reaches.
pub fn month(at: i64) -> i64 {
    let days = [31, 30, 31, 31, 28, 31, 30, 31, 30];
    // 2025-10-01T00:00:00Z.
    let mut start = 1_759_276_800;
    for days in days {
        let next = start + days * 86_400;
        if at < next {
            return start;
        }
        start = next;
    }
    start
}

/// The consumption order: expiry, whether for everything, purpose, start, id.
type Order = (i64, bool, u8, i64, u64);

/// The code of a refusal.
pub type Refused = &'static str;

impl Model {
    /// Carries a request out, or says with which code it is refused.
    pub fn plan(&mut self, at: i64, request: &Request) -> Result<Shown, Refused> {
        let mut next = self.clone();
        let shown = next.run(at, request)?;
        *self = next;
        Ok(shown)
    }

    fn run(&mut self, at: i64, request: &Request) -> Result<Shown, Refused> {
        if self.seq == 0 && !matches!(request, Request::Open) {
            return Err("wallet_not_found");
        }
        let before = self.seq;
        self.pass(at);
        self.go_to(at);
        let mut shown = match request {
            Request::Open if self.seq > 0 => return Err("wallet_already_open"),
            Request::Open => Shown::default(),
            Request::Subscribe { product } => self.subscribe(*product)?,
            Request::Credit {
                asset,
                amount,
                purpose,
                from,
                until,
                scope,
            } => {
                check(*asset, *amount)?;
                self.credit(Grant {
                    id: self.seq + 1,
                    asset: *asset,
                    free: *amount,
                    purpose: *purpose,
                    from: from.unwrap_or(self.at),
                    until: *until,
                    scope: scope.clone(),
                })
            }
            Request::Authorize {
                work,
                cap,
                seconds,
                subject,
                unpriced,
            } => self.authorize(work, *cap, *unpriced, *seconds, *subject)?,
            Request::Extend {
                hold,
                work,
                seconds,
                unpriced,
            } => self.extend(*hold, work.as_ref(), *unpriced, *seconds)?,
            Request::Capture { hold, work, closes } => {
                self.capture(*hold, work.as_ref(), *closes)?
            }
            Request::Release { hold } => {
                let place = self.open_hold(*hold)?;
                let now = self.at;
                self.end(place, State::Released, |until| until <= now);
                Shown::default()
            }
            Request::Usage { event } => {
                let quote = self.quote(std::slice::from_ref(event), Asker::default())?;
                self.count(&quote);
                self.post_all(&quote.consumptions());
                quote.shown()
            }
            Request::Tax {
                grant,
                asset,
                amount,
            } => self.tax(*grant, *asset, *amount)?,
            other => self.debit_or_limit(other)?,
        };
        self.seq += 1;
        shown.rows = self.seq - before;
        Ok(shown)
    }

    fn debit_or_limit(&mut self, request: &Request) -> Result<Shown, Refused> {
        match request {
            Request::Debit {
                asset,
                amount,
                subject,
            } => {
                check(*asset, *amount)?;
                self.exists[*asset] = true;
                self.post_all(&[Consumption::plain(*asset, *amount, *subject)]);
            }
            Request::Overdraft { asset, limit } => {
                check(*asset, *limit)?;
                self.exists[*asset] = true;
                self.overdraft[*asset] = *limit;
            }
            Request::Budget {
                code,
                asset,
                limit,
                asks,
                warns,
            } => self.set_budget(*code, *asset, *limit, *asks, *warns)?,
            Request::Drop { code } => self.drop_budget(*code)?,
            Request::Presets { presets } => {
                self.presets.clone_from(presets);
                self.inherit();
            }
            other => unreachable!("{other:?} is carried out elsewhere"),
        }
        Ok(Shown::default())
    }

    fn post_all(&mut self, consumptions: &[Consumption]) {
        for consumption in consumptions {
            self.post(consumption);
        }
        self.spend_all(consumptions);
    }

    fn go_to(&mut self, at: i64) {
        self.at = self.at.max(at);
        self.turn_budgets();
    }

    /// Time does its work, moment by moment: holds end, then credit covers what it was counted against, what
    /// ends before what begins, then months are settled, then credit ends.
    pub fn pass(&mut self, at: i64) {
        let mut since = self.at;
        while let Some((moment, what, _, id)) = self.turns(since, at).into_iter().min() {
            self.go_to(moment);
            // What began earlier has had its turn.
            since = since.max(moment - 1);
            let grant = self.grants.iter().position(|one| one.id == id);
            match (what, grant) {
                (0, _) => {
                    let place = self.place(id).unwrap_or_default();
                    self.end(place, State::Expired, |until| until < moment);
                }
                (1, _) => self.top_up(moment),
                (2 | 3, Some(place)) => self.cover(place),
                (_, Some(place)) => self.grants[place].free = 0,
                (_, None) => unreachable!("a turn of nothing"),
            }
            self.seq += 1;
        }
    }

    /// What time has to do by now: when, the kind, the order among its kind, and of which hold or grant.
    fn turns(&self, since: i64, now: i64) -> Vec<(i64, u8, Order, u64)> {
        let now = now.max(since);
        let over = |hold: &&Hold| hold.state == State::Open && hold.expires <= now;
        let holds = self.holds.iter().filter(over);
        let mut turns: Vec<_> = holds
            .map(|hold| (hold.expires, 0, Order::default(), hold.id))
            .collect();
        let month = self.least_due().filter(|end| *end <= now);
        turns.extend(month.map(|end| (end, 1, Order::default(), 0)));
        for grant in self.grants.iter().filter(|grant| grant.free > 0) {
            let owed = self.debt[grant.asset] + self.pledged(grant.asset);
            let ever = grant.until.is_none_or(|until| grant.from < until);
            let covers = owed > 0 && ever && grant.scope.is_everything();
            let order = self.order(grant.id);
            if let Some(until) = grant.until.filter(|until| *until <= now) {
                turns.extend(covers.then_some((until, 2, order, grant.id)));
                turns.push((until, 4, order, grant.id));
            }
            let starts = since < grant.from && grant.from <= now;
            turns.extend((covers && starts).then_some((grant.from, 3, order, grant.id)));
        }
        turns
    }

    /// A grant repays debt, then takes the place of what holds have pledged, the oldest first.
    fn cover(&mut self, place: usize) {
        let asset = self.grants[place].asset;
        let repaid = self.grants[place].free.min(self.debt[asset]);
        self.grants[place].free -= repaid;
        self.debt[asset] -= repaid;
        let id = self.grants[place].id;
        for hold in &mut self.holds {
            let part = hold.pledged[asset].min(self.grants[place].free);
            if part > 0 {
                hold.pledged[asset] -= part;
                self.grants[place].free -= part;
                match hold.parts.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, sum)) => *sum += part,
                    None => hold.parts.push((id, part)),
                }
            }
        }
    }

    fn is_over(&self, grant: &Grant) -> bool {
        grant.until.is_some_and(|until| until <= self.at)
    }

    fn place(&self, hold: u64) -> Option<usize> {
        self.holds.iter().position(|one| one.id == hold)
    }

    fn subscribe(&mut self, product: usize) -> Result<Shown, Refused> {
        if self.subscribed.contains(&product) {
            return Err("already_subscribed");
        }
        self.subscribed.push(product);
        let own = self.prices.iter().filter(|price| price.product == product);
        for offer in own.flat_map(|price| &price.offers) {
            self.exists[offer.asset] = true;
        }
        self.begin_leasts(product);
        self.inherit();
        Ok(Shown::default())
    }

    fn credit(&mut self, grant: Grant) -> Shown {
        self.exists[grant.asset] = true;
        let covers = grant.from <= self.at && !self.is_over(&grant) && grant.scope.is_everything();
        self.grants.push(grant);
        if covers {
            self.cover(self.grants.len() - 1);
        }
        Shown::default()
    }

    /// Grants that can be spent, in the order in which they are.
    fn live(&self, asset: usize) -> Vec<usize> {
        let spendable = |grant: &Grant| grant.from <= self.at && !self.is_over(grant);
        let mut places: Vec<usize> = (0..self.grants.len())
            .filter(|place| self.grants[*place].asset == asset)
            .filter(|place| spendable(&self.grants[*place]))
            .collect();
        places.sort_by_key(|place| self.order(self.grants[*place].id));
        places
    }

    fn order(&self, grant: u64) -> Order {
        let found = self.grants.iter().find(|one| one.id == grant);
        let grant = found.expect("a grant that was made");
        (
            grant.until.unwrap_or(i64::MAX),
            grant.scope.is_everything(),
            grant.purpose,
            grant.from,
            grant.id,
        )
    }

    /// What any use may spend, before the overdraft.
    pub fn available(&self, asset: usize) -> i128 {
        let live = self.live(asset).into_iter();
        let anything = live.filter(|place| self.grants[*place].scope.is_everything());
        let free: i128 = anything.map(|place| self.grants[place].free).sum();
        free - self.debt[asset] - self.pledged(asset)
    }

    pub fn pledged(&self, asset: usize) -> i128 {
        self.holds.iter().map(|hold| hold.pledged[asset]).sum()
    }

    /// Takes an amount from what is free and allowed, at most `room` of it from what is for everything; says
    /// from where. The rest is not covered.
    pub fn take(&mut self, consumption: &Consumption, room: &mut i128) -> (Vec<(u64, i128)>, i128) {
        let (mut missing, mut taken) = (consumption.amount, Vec::new());
        for place in self.live(consumption.asset) {
            let grant = &mut self.grants[place];
            if !grant.scope.allows(consumption) {
                continue;
            }
            let mut part = grant.free.min(missing);
            if grant.scope.is_everything() {
                part = part.min(*room);
            }
            if part > 0 {
                grant.free -= part;
                missing -= part;
                if grant.scope.is_everything() {
                    *room -= part;
                }
                taken.push((grant.id, part));
            }
        }
        (taken, missing)
    }

    pub fn post(&mut self, consumption: &Consumption) {
        let mut everything = i128::MAX;
        let (_, missing) = self.take(consumption, &mut everything);
        self.debt[consumption.asset] += missing;
    }

    fn repay(&mut self, asset: usize) {
        let owed = Consumption::plain(asset, self.debt[asset], None);
        let mut everything = i128::MAX;
        let (_, still_owed) = self.take(&owed, &mut everything);
        self.debt[asset] = still_owed;
    }

    fn tax(&mut self, grant: u64, asset: usize, amount: i128) -> Result<Shown, Refused> {
        if !self.exists[asset] {
            return Err("payment_not_found");
        }
        check(asset, amount)?;
        let own = |one: &&mut Grant| one.id == grant && one.asset == asset;
        let mut missing = amount;
        if let Some(grant) = self.grants.iter_mut().find(own) {
            let part = grant.free.min(missing);
            grant.free -= part;
            missing -= part;
        }
        self.debt[asset] += missing;
        Ok(Shown::default())
    }

    fn authorize(
        &mut self,
        work: &Work,
        cap: bool,
        unpriced: bool,
        seconds: i64,
        subject: Option<usize>,
    ) -> Result<Shown, Refused> {
        let (mut consumptions, mut shown, mut fees) = self.asked(work, subject, None)?;
        if shown.warnings > 0 && !unpriced {
            return Err("price_missing");
        }
        let mut hold = Hold {
            id: self.seq + 1,
            state: State::Open,
            expires: self.at + seconds.min(86_400),
            parts: Vec::new(),
            assets: Vec::new(),
            held: [0; 3],
            captured: [0; 3],
            pledged: [0; 3],
            subject,
            products: self.subscribed.clone(),
            late: false,
            counts: Vec::new(),
            asked: Vec::new(),
            used: BTreeMap::new(),
        };
        if let Some(refused) = self.denied(&hold, &consumptions) {
            if !cap {
                return Err(refused);
            }
            (consumptions, shown, fees) = self.capped(work, consumptions, subject)?;
            shown.capped = true;
            if consumptions
                .iter()
                .all(|consumption| consumption.amount == 0)
            {
                return Err(refused);
            }
        }
        self.reserve(&mut hold, &consumptions);
        hold.asked.push(fees);
        self.holds.push(hold);
        Ok(shown)
    }

    /// Why these cannot be held: a budget, else the money.
    fn denied(&self, hold: &Hold, consumptions: &[Consumption]) -> Option<Refused> {
        if self.exceeds(consumptions) {
            return Some("budget_exceeded");
        }
        let missing = |model: &Self| model.clone().reserve(&mut hold.clone(), consumptions);
        if missing(self) == 0 {
            return None;
        }
        // Whether it would be covered once one hold after the other is over.
        let others = self.holds.iter().filter(|one| one.id != hold.id);
        let open = others.filter(|one| one.state == State::Open);
        let mut ends: Vec<i64> = open.map(|one| one.expires).collect();
        ends.sort_unstable();
        let covered = ends.into_iter().any(|end| {
            let mut later = self.clone();
            for own in later.holds.iter_mut().filter(|one| one.id == hold.id) {
                own.expires = i64::MAX;
            }
            // Only that holds end is looked at: credit that begins later is not what a hold keeps, and what is
            // charged meanwhile is not foreseen.
            later.leasts.clear();
            later.grants.retain(|grant| grant.from <= self.at);
            later.pass(end);
            missing(&later) == 0
        });
        let code = if covered {
            "funds_held"
        } else {
            "insufficient_funds"
        };
        Some(code)
    }

    /// Reserves what there is, and says how much is missing then.
    fn reserve(&mut self, hold: &mut Hold, consumptions: &[Consumption]) -> i128 {
        let mut room = [0, 1, 2].map(|asset| self.room(asset));
        let mut missing = 0;
        for consumption in consumptions {
            let asset = consumption.asset;
            if self.exists[asset] {
                hold.touch(asset);
            }
            let (taken, rest) = self.take(consumption, &mut room[asset]);
            for (grant, part) in taken {
                hold.held[asset] += part;
                match hold.parts.iter_mut().find(|(known, _)| *known == grant) {
                    Some((_, sum)) => *sum += part,
                    None => hold.parts.push((grant, part)),
                }
            }
            let pledge = rest.min(room[asset]).max(0);
            room[asset] -= pledge;
            hold.held[asset] += pledge;
            hold.pledged[asset] += pledge;
            missing += rest - pledge;
        }
        self.hold_all(hold, consumptions);
        missing
    }

    pub fn room(&self, asset: usize) -> i128 {
        self.available(asset) + self.overdraft[asset]
    }

    fn extend(
        &mut self,
        id: u64,
        work: Option<&Work>,
        unpriced: bool,
        seconds: Option<i64>,
    ) -> Result<Shown, Refused> {
        let place = self.open_hold(id)?;
        let mut hold = self.holds[place].clone();
        let (consumptions, shown, fees) = match work {
            // At the hold's own prices; the subject of a hold is only what budgets ask.
            Some(work) => self.asked(work, hold.subject, Some(place))?,
            None => Default::default(),
        };
        if shown.warnings > 0 && !unpriced {
            return Err("price_missing");
        }
        if let Some(refused) = self.denied(&hold, &consumptions) {
            return Err(refused);
        }
        self.reserve(&mut hold, &consumptions);
        hold.asked.push(fees);
        if let Some(seconds) = seconds {
            hold.expires = hold.expires.max(self.at + seconds.min(86_400));
        }
        self.holds[place] = hold;
        Ok(shown)
    }

    fn open_hold(&self, id: u64) -> Result<usize, Refused> {
        let place = self.place(id).ok_or("hold_not_found")?;
        if self.holds[place].state == State::Open {
            return Ok(place);
        }
        Err("hold_already_ended")
    }

    fn capture(&mut self, id: u64, work: Option<&Work>, closes: bool) -> Result<Shown, Refused> {
        let place = self.place(id).ok_or("hold_not_found")?;
        let late = self.holds[place].state == State::Expired;
        let past_its_day = self.holds[place].expires + 86_400 <= self.at;
        if !late || self.holds[place].late && past_its_day {
            self.open_hold(id)?;
        }
        let quote = match work {
            Some(Work::Usage(events)) => {
                let subject = self.holds[place].subject;
                let asker = Asker {
                    subject,
                    hold: (!late).then_some(place),
                    made_under: Some(place),
                    caps: false,
                };
                let quote = self.quote_or_estimate(place, events, asker)?;
                self.note_used(place, events, &quote);
                quote
            }
            _ => Quote::default(),
        };
        let (consumptions, mut shown) = self.settled(place, work, &quote)?;
        self.count(&quote);
        shown.late = late;
        let assets_before = self.holds[place].assets.clone();
        for consumption in &consumptions {
            self.holds[place].touch(consumption.asset);
            self.holds[place].captured[consumption.asset] += consumption.amount;
        }
        for asset in 0..3 {
            let own = consumptions
                .iter()
                .filter(|consumption| consumption.asset == asset);
            self.capture_asset(place, asset, own.copied().collect());
        }
        self.spend_captured(place, &consumptions);
        if late {
            self.holds[place].late = true;
            if closes || past_its_day {
                self.holds[place].state = State::Captured;
            }
        } else if closes {
            // What this very capture touched is not given back: it holds nothing.
            let assets_after = std::mem::replace(&mut self.holds[place].assets, assets_before);
            let now = self.at;
            self.end(place, State::Captured, |until| until <= now);
            self.holds[place].assets = assets_after;
        }
        Ok(shown)
    }

    /// From what is reserved, then from what is pledged, then as what was not held.
    fn capture_asset(&mut self, place: usize, asset: usize, mut consumptions: Vec<Consumption>) {
        let pledged = self.holds[place].pledged[asset];
        let mut left = pledged;
        for consumption in &mut consumptions {
            consumption.amount = self.use_parts(place, consumption);
            let owed = left.min(consumption.amount);
            left -= owed;
            consumption.amount -= owed;
        }
        self.holds[place].pledged[asset] = left;
        self.debt[asset] += pledged - left;
        for consumption in &consumptions {
            self.post(consumption);
        }
        if left < pledged {
            self.repay(asset);
        }
    }

    fn settled(
        &self,
        place: usize,
        work: Option<&Work>,
        quote: &Quote,
    ) -> Result<(Vec<Consumption>, Shown), Refused> {
        let hold = &self.holds[place];
        match work {
            None => {
                let rest = |asset: usize| match hold.state {
                    State::Open => self.left(hold, asset),
                    _ => (hold.held[asset] - hold.captured[asset]).max(0),
                };
                let assets = hold.assets.iter();
                let consumptions =
                    assets.map(|asset| Consumption::plain(*asset, rest(*asset), hold.subject));
                Ok((consumptions.collect(), Shown::default()))
            }
            Some(Work::Money { asset, amount }) => {
                let asset = match (asset, hold.assets.as_slice()) {
                    (Some(asset), _) => *asset,
                    (None, [only]) => *only,
                    (None, _) => return Err("asset_required"),
                };
                if !self.exists[asset] {
                    return Err("unknown_asset");
                }
                check(asset, *amount)?;
                let consumption = Consumption::plain(asset, *amount, hold.subject);
                Ok((vec![consumption], Shown::default()))
            }
            Some(Work::Usage(_)) => Ok((quote.consumptions(), quote.shown())),
        }
    }

    /// What a hold still has of an asset.
    pub fn left(&self, hold: &Hold, asset: usize) -> i128 {
        let parts = hold.parts.iter();
        let own = parts.filter(|(grant, _)| self.asset_of(*grant) == asset);
        own.map(|(_, amount)| amount).sum::<i128>() + hold.pledged[asset]
    }

    fn asset_of(&self, grant: u64) -> usize {
        let found = self.grants.iter().find(|one| one.id == grant);
        found.expect("a grant that was made").asset
    }

    /// Spends what is reserved, and says what is missing then. Usage spends what it is allowed to, restricted
    /// credit first; a plain amount whatever there is. Else it goes by the consumption order.
    pub fn use_parts(&mut self, place: usize, consumption: &Consumption) -> i128 {
        let mut parts = std::mem::take(&mut self.holds[place].parts);
        let scope = |grant: u64| {
            let found = self.grants.iter().find(|one| one.id == grant);
            &found.expect("a grant that was made").scope
        };
        parts.sort_by_key(|(grant, _)| {
            let last = consumption.event.is_some() && scope(*grant).is_everything();
            (last, self.order(*grant))
        });
        let mut missing = consumption.amount;
        for (grant, part) in &mut parts {
            let allowed = consumption.event.is_none() || scope(*grant).allows(consumption);
            if allowed && self.asset_of(*grant) == consumption.asset {
                let used = missing.min(*part);
                *part -= used;
                missing -= used;
            }
        }
        parts.retain(|(_, part)| *part > 0);
        self.holds[place].parts = parts;
        missing
    }

    /// Gives everything back that is still reserved. What was over when the hold ended is lost with it;
    /// debt is repaid from what becomes free.
    fn end(&mut self, place: usize, state: State, was_over: impl Fn(i64) -> bool) {
        self.holds[place].state = state;
        self.holds[place].pledged = [0; 3];
        let parts = std::mem::take(&mut self.holds[place].parts);
        let mut came_back = Vec::new();
        for (id, amount) in parts {
            let asset = self.asset_of(id);
            let own = self.grants.iter_mut().find(|one| one.id == id);
            let grant = own.expect("a grant that was made");
            if !grant.until.is_some_and(&was_over) {
                grant.free += amount;
            }
            if !came_back.contains(&asset) {
                came_back.push(asset);
            }
        }
        for asset in came_back {
            self.repay(asset);
        }
    }
}

impl Hold {
    fn touch(&mut self, asset: usize) {
        if !self.assets.contains(&asset) {
            self.assets.push(asset);
        }
    }
}

pub fn check(asset: usize, amount: i128) -> Result<(), Refused> {
    if amount % 10_i128.pow(12 - PRECISIONS[asset]) != 0 {
        return Err("too_precise");
    }
    if amount < 0 {
        return Err("amount_out_of_range");
    }
    Ok(())
}
