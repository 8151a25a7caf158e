//! The grammar of the scenario tables. A case is a name and its steps; a step is a line.
//!
//! ```text
//! case <name>
//!   asset   <ASSET> <precision>                       decimal places; 12 unless said
//!   product <code>
//!   price   <name> <event_type> <money>               for each event
//!   price   <name> <event_type> <money> per <n> of <field>
//!   price   <name> <event_type> <money> and <amount> per <n> of <field>
//!   price   <name> <event_type> <model> [of <field>] [by unit|volume] [<period>] [across <dimension>…]
//!   meter   [unit <n>] up|down|half_up                of the price above: how its volume is rounded
//!   meter   [units <n>] [events <n>] <period>         and what of it is free in each period
//!   row     <ASSET> [<dimension>=<value>]… [at_least <amount>] [at_most <amount>] [least <amount>] [most <amount>] [<period>]
//!   tier    [up_to <n>] [flat <amount>] <amount> [and <amount>] [per <n>]     a unit price, a rate, or both; a percentage
//!   fee     <name> <money> [every <n> day|week|month|year]      once, unless said
//!   gives   <name> <money> once|replace|rollover every <n> day|week|month|year
//!           [max <amount>] [promotion] [priority <n>] [only <event_type>…] [within <product>…]
//!   feature <code> [<limit>]
//!   limits  <code> <money> <window> […]               a budget of the product, as one of the customer
//!   version                                           the lines below are the next version of the product above
//!
//!   open      [<customer>]
//!   subscribe <product>… [as <subscription>] [from <date>] [renews <date>] [trial <n>] [grace <n>] [invoiced]
//!             `invoiced`: invoices of a processor pay for it, and not the wallet
//!   activate  <subscription>                          and `deactivate`, `cancel`, `resume`
//!   invoice   <subscription> <id> [paid <money>] [tax <amount>] [from <date> until <date>]    unpaid, unless said
//!   change    <subscription> <product> to <product> [prorate]    the second version of chat is `chat.2`
//!   credit    <grant> <money> [paid|bundled|promotion] [in <account>] [from T<n>] [until T<n>] [because <word>]
//!             [only <event_type>…] [within <product>…]   several are joined by `|`
//!   overdraft <money> [in <account>]
//!   budget    <code> <money> <window> [each <field>] [from T<n>] [warn] [at <percent>,…] [on <field>=<value>…]
//!             `type` and `product` are no data; a window is `day`, or `rolling 5h`
//!   drop      <code>                                  the budget
//!   account   <id> [<code> <money> <window> […]]      the one budget that the account has for all customers; none
//!   authorize <hold> <work> [cap] [unpriced] [for <n>s] [about <subject>] [times <n>]
//!             `unpriced`: the platform admits what no price knows
//!   extend    <hold> <id> [<work>] [unpriced] [for <n>s]
//!   capture   <hold> [part <id>] [<work>]             all that is still held, unless said
//!   release   <hold> [because <word>]
//!   event     <id> <usage> [about <subject>]
//!   recharge  <money> at <amount> [target] [in <currency> for <amount>] [daily <amount>] [monthly <amount>]
//!             [cooldown <n>] [off]                  how an account fills itself; `for` is what one unit costs
//!   charged   paid|declined|gone|pending [<n>]      what became of a recharge, the last one or the nth
//!   settings  <id> <n>                                days for which late events are recorded
//!   charge    <id> <money> [in <account>] [about <subject>]
//!   deduct    <id> <money> [in <account>] [because <word>] [of <grant>]
//!   void      <grant> [because <word>]                what is left of it is taken back
//!   reverse   charge|deduct|event|capture <id>        what it charged is taken back
//!   bill      event|capture <id> [place <n>] [with <usage>]    priced later, with what is known of it by now
//!   tax       <grant> <money>                         corrects the payment that made the grant
//!   refund    <id> <money> of <invoice>|<grant>[+<grant>] [paid <amount>]    of that payment; `refund_fails`
//!   dispute   <id> <money> of <grant>[+<grant>] [paid <amount>]    its funds are withdrawn; `dispute_returns`
//!   freeze    [<dispute>]                             by hand, or by a dispute; `unfreeze`
//!   batch                                             the lines below it that start with `-` are one step
//!   tick                                              nobody asks; time does its work
//!   look      [<hold>]                                reads, and writes nothing
//!
//! <work>   <money> | <amount> | <usage>
//! <money>  <amount> <ASSET>
//! <usage>  <event_type> [<field>=<value>]… [occurred T<n>] [+ <usage>]
//!          `on=2026-02-01` says the day it happened, `cost:USD=<amount>` what it cost
//! ```
//!
//! A step may say when it happens, `@T10`, in seconds, or `@2026-02-28`, or `@2026-02-28T12`, the hour;
//! otherwise the clock stands still. T0 is 2026-01-01. After `=>`
//! stands what is observed: words from [`OBSERVED`] with their values. `#` starts a comment.

use std::collections::BTreeMap;

use scrip::engine::usage::{Cost, Datum, Maths};
use scrip::engine::{Amount, Instant, UsageEvent};

use crate::scenarios::START;

/// What a step can be expected to show.
pub const OBSERVED: [&str; 60] = [
    "refused",    // <code> [<detail>]
    "line",       // of a batch: the place of its refused line, from 1
    "short",      // <ASSET>:<required>/<available>
    "affords",    // <ASSET>:<amount>, the most that would pass; <price>:<affordable>/<requested>
    "keeps",      // <ASSET>:<amount>, what open holds keep of what is short
    "frees",      // T<n>, when they give back enough, or each limit in the way lets it pass; never
    "level",      // what the limits in the way are limits of
    "missing",    // <event>:<field>, what no price knows
    "replayed",   // the first answer again, and nothing new
    "due", // what time did first: holds and grants that ended, by name; =<grant> that covered; <subscription>.<what>
    "granted", // <entitlement>:<amount>, by time
    "carried", // <amount>, of what was granted
    "collected", // <price>:<amount>, fixed prices
    "credited", // <price>:<amount>, by proration
    "taken", // <entitlement>:<amount>, credit of a plan, back
    "planned", // <date>, when another plan begins; none
    "state", // <status> <subscription>
    "renews", // <date> <subscription>
    "features", // <code>[:<limit>], all there are
    "grace", // <date> <subscription>
    "held", // <grant>:<amount>, newly reserved
    "drew", // <grant>:<amount>, spent, whether it was held before or not
    "borrowed", // <amount>, spent beyond all credit
    "returned", // <grant>:<amount>, back from a hold
    "lapsed", // <grant>:<amount>, expired unspent
    "restored", // <grant>:<amount>, there again by a reversal or as a fee, or gone over into the next period
    "forgiven", // <amount>, owed no more by a reversal
    "repaid",   // <grant>:<amount>, debt paid back
    "backed",   // <grant>:<amount>, in the place of overdraft that holds have reserved
    "fees",     // <price>:<amount>
    "estimated", // <price>:<amount>, fees as they were held
    "paid_in",  // <price>:<ASSET>
    "volumes",  // <price>:<volume>[/<of the event>], where it is only a part of it
    "row",      // <price>:<place>, the row of dimensions that matched, from 0
    "position", // <price>:<before>+<added>, of a price with tiers
    "caps",     // <price>:<affordable>/<requested>
    "capped",   // less is held than was asked for
    "warns",    // no_price:<event_type>, or volume_missing:, no_row:, cost_missing:<price>
    "late",     // captured after the hold's expiry
    "expires",  // T<n>, when the hold ends
    "status",   // of the hold, after the step
    "available", // <amount> [<ASSET>]
    "balance",  // <amount> [<ASSET>]
    "on_hold",  // <amount> [<ASSET>]
    "debt",     // <amount> [<ASSET>]
    "over",     // <budget>[.<value>]:<required>/<left>, limits that are in the way
    "pledged",  // <amount>, reserved of the overdraft
    "unpledged", // <amount>, back from a hold
    "owed",     // <amount>, a pledge that became debt
    "counted",  // <budget>[.<value>]:<amount>, held or spent by this step
    "reached",  // <budget>[.<value>]:<percent>, the highest threshold that this step has reached
    "restricted", // <amount> [<ASSET>]
    "pledges",  // <amount> [<ASSET>], of all open holds
    "spent",    // <amount> <budget>[.<value>], in the window
    "waiting",  // <amount> <budget>[.<value>], held by open holds
    "source",   // customer|product|account <budget>; none
    "intends",  // <amount>[ for <price>], a recharge that is to be charged
    "defers",   // T<n> <why>, until when a limit lets no recharge through
    "rule",     // idle; charging; waits T<n> <why>; off <why>; none
    "recharged", // <amount>, charged today and not declined
];

/// A named block of lines.
pub struct Case {
    pub name: String,
    pub steps: Vec<Step>,
}

/// One line: what is done, when, and what is observed.
pub struct Step {
    /// `file:line`, for the reader of a failure.
    pub place: String,
    pub at: Option<i64>,
    pub words: Words,
    /// The lines of a batch.
    pub batch: Vec<Words>,
    pub expected: Vec<(&'static str, String)>,
}

/// Reads all cases of a file, or says what is wrong with which line.
pub fn read(file: &str, text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", number + 1);
        let line = line.split('#').next().unwrap_or_default();
        read_line(&mut cases, &place, line).map_err(|wrong| format!("{place}: {wrong}"))?;
    }
    Ok(cases)
}

fn read_line(cases: &mut Vec<Case>, place: &str, line: &str) -> Result<(), String> {
    let (asked, expected) = line.split_once("=>").unwrap_or((line, ""));
    let mut words = Words::new(asked);
    let at = words.mark()?;
    if words.flag("case") {
        let name = words.need("a name")?;
        let steps = Vec::new();
        cases.push(Case { name, steps });
        return words.done();
    }
    if words.peek().is_none() {
        return Ok(());
    }
    let case = cases.last_mut().ok_or("a step before the first case")?;
    if words.flag("-") {
        let last = case.steps.last_mut();
        let batch = last.filter(|step| step.words.peek() == Some("batch"));
        let batch = batch.ok_or("a line with `-` belongs below a batch")?;
        batch.batch.push(words);
        return Ok(());
    }
    case.steps.push(Step {
        place: place.to_owned(),
        at,
        words,
        batch: Vec::new(),
        expected: read_expected(expected)?,
    });
    Ok(())
}

fn read_expected(text: &str) -> Result<Vec<(&'static str, String)>, String> {
    let mut items: Vec<(&'static str, String)> = Vec::new();
    // Commas are for the eye.
    for word in text.replace(',', " ").split_whitespace() {
        let known = OBSERVED.iter().find(|item| **item == word);
        match (known, items.last_mut()) {
            (Some(item), _) => items.push((item, String::new())),
            (None, Some((_, values))) if values.is_empty() => values.push_str(word),
            (None, Some((_, values))) => *values = format!("{values} {word}"),
            (None, None) => return Err(format!("`{word}` is nothing that can be observed")),
        }
    }
    Ok(items)
}

/// An amount, and its asset where one is named.
#[derive(Clone)]
pub struct Money {
    pub amount: Amount,
    pub asset: Option<String>,
}

/// What is held or settled.
pub enum Work {
    Money(Money),
    Usage(Vec<UsageEvent>),
}

/// The words of a line, taken one after the other.
#[derive(Clone)]
pub struct Words {
    words: Vec<String>,
    place: usize,
}

impl Words {
    fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(str::to_owned).collect();
        Self { words, place: 0 }
    }

    pub fn peek(&self) -> Option<&str> {
        self.words.get(self.place).map(String::as_str)
    }

    pub fn next(&mut self) -> Option<String> {
        let word = self.words.get(self.place).cloned();
        self.place += usize::from(word.is_some());
        word
    }

    pub fn need(&mut self, what: &str) -> Result<String, String> {
        self.next().ok_or_else(|| format!("{what} is missing"))
    }

    /// Every word must have had a meaning.
    pub fn done(&self) -> Result<(), String> {
        let wrong = |word| Err(format!("`{word}` is not expected here"));
        self.peek().map_or(Ok(()), wrong)
    }

    pub fn flag(&mut self, word: &str) -> bool {
        let there = self.peek() == Some(word);
        self.place += usize::from(there);
        there
    }

    /// The word after a key, if the key is there.
    pub fn option(&mut self, key: &str) -> Result<Option<String>, String> {
        let there = self.flag(key);
        there.then(|| self.need(key)).transpose()
    }

    /// Takes `@T10` out, wherever in the line it stands.
    fn mark(&mut self) -> Result<Option<i64>, String> {
        let found = self.words.iter().position(|one| one.starts_with('@'));
        let mark = found.map(|place| self.words.remove(place));
        mark.map(|mark| read_moment(&mark[1..])).transpose()
    }

    pub fn moment(&mut self, key: &str) -> Result<Option<i64>, String> {
        let text = self.option(key)?;
        text.map(|text| read_moment(&text)).transpose()
    }

    pub fn seconds(&mut self) -> Result<Option<u32>, String> {
        let read = |text: String| {
            let number = text.strip_suffix('s').map(str::parse);
            let wrong = || format!("`{text}` is no number of seconds, such as 60s");
            number.and_then(Result::ok).ok_or_else(wrong)
        };
        self.option("for")?.map(read).transpose()
    }

    /// Takes `times <n>` off the end of the line.
    pub fn times(&mut self) -> Option<u32> {
        let [.., key, number] = self.words.as_slice() else {
            return None;
        };
        let number = number.parse().ok().filter(|_| key == "times")?;
        self.words.truncate(self.words.len() - 2);
        Some(number)
    }

    pub fn number(&mut self) -> Result<u32, String> {
        let text = self.need("a number")?;
        let wrong = |_| format!("`{text}` is no whole number");
        text.parse().map_err(wrong)
    }

    pub fn amount(&mut self) -> Result<Amount, String> {
        let text = self.need("an amount")?;
        Amount::parse(&text).map_err(|error| format!("`{text}` is no amount: it {error}"))
    }

    pub fn money(&mut self) -> Result<Money, String> {
        let amount = self.amount()?;
        // Assets are in capitals, so that they stand out from accounts, events and holds.
        let is_asset = |word: &str| word.starts_with(|first: char| first.is_ascii_uppercase());
        let named = self.peek().is_some_and(is_asset);
        let asset = if named { self.next() } else { None };
        Ok(Money { amount, asset })
    }

    /// An amount starts like a number, and an event type does not.
    pub fn work(&mut self) -> Result<Option<Work>, String> {
        let options = ["for", "about", "unpriced"];
        let Some(word) = self.peek().filter(|word| !options.contains(word)) else {
            return Ok(None);
        };
        if word.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
            return self.money().map(Work::Money).map(Some);
        }
        let mut events = vec![self.usage()?];
        while self.flag("+") {
            events.push(self.usage()?);
        }
        Ok(Some(Work::Usage(events)))
    }

    pub fn usage(&mut self) -> Result<UsageEvent, String> {
        let event_type = self.need("an event type")?;
        let (mut data, mut costs, mut day) = (BTreeMap::new(), Vec::new(), None);
        while let Some((field, value)) = self.peek().and_then(|word| word.split_once('=')) {
            match field.split_once(':') {
                Some(("cost", currency)) => costs.push(read_cost(currency, value)?),
                _ if field == "on" => day = Some(read_moment(value)?),
                _ => _ = data.insert(field.to_owned(), read_datum(value)),
            }
            self.place += 1;
        }
        let occurred_at = self.moment("occurred")?;
        Ok(UsageEvent {
            costs,
            id: None,
            event_type,
            occurred_at: day
                .or(occurred_at)
                .map(|seconds| Instant::from_micros(START + seconds * 1_000_000)),
            subject: None,
            description: None,
            data,
        })
    }
}

fn read_moment(text: &str) -> Result<i64, String> {
    let number = text
        .strip_prefix('T')
        .and_then(|digits| digits.parse().ok());
    number
        .or_else(|| read_date(text))
        .ok_or_else(|| format!("`{text}` is no moment, such as T10"))
}

/// `2026-02-28`, or an hour of it, `2026-02-28T12`, in seconds from T0.
fn read_date(text: &str) -> Option<i64> {
    let (date, hour) = text.split_once('T').unwrap_or((text, "00"));
    let time = chrono::DateTime::parse_from_rfc3339(&format!("{date}T{hour}:00:00Z"));
    Some(time.ok()?.timestamp() - START / 1_000_000)
}

fn read_cost(currency: &str, text: &str) -> Result<Cost, String> {
    let amount =
        Amount::parse(text).map_err(|error| format!("`{text}` is no amount: it {error}"))?;
    Ok(Cost {
        id: "cost".into(),
        vendor_id: None,
        vendor_external_id: None,
        category: None,
        description: None,
        metadata: BTreeMap::new(),
        maths: Maths::default(),
        amount,
        rounded: false,
        currency: currency.to_owned(),
    })
}

/// The value as JSON would have it; quotes make a string of digits.
fn read_datum(text: &str) -> Datum {
    if let Ok(flag) = text.parse() {
        return Datum::Flag(flag);
    }
    if let Ok(whole) = text.parse() {
        return Datum::Whole(whole);
    }
    match Amount::parse_json_number(text) {
        Ok(number) => Datum::Number { number },
        Err(_) => Datum::Text(text.trim_matches('"').to_owned()),
    }
}
