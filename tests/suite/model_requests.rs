//! What can be asked of the naive wallet.

use crate::model_budgets::Asks;
use crate::model_catalogue::Preset;

#[derive(Clone, Debug)]
pub struct Event {
    pub event_type: usize,
    /// The volume of each field: absent, a number of whole units, or something else.
    pub fields: [Field; 2],
    pub subject: Option<usize>,
    /// A field that only budgets look at.
    pub key: Option<usize>,
    /// A field that only rows of prices look at.
    pub word: Option<usize>,
    pub occurred: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Absent,
    Number(i128),
    Nonsense,
}

#[derive(Clone, Debug)]
pub enum Work {
    Money { asset: Option<usize>, amount: i128 },
    Usage(Vec<Event>),
}

#[derive(Clone, Debug)]
pub enum Request {
    Open,
    Subscribe {
        product: usize,
    },
    Credit {
        asset: usize,
        amount: i128,
        /// 0 promotion, 1 bundled, 2 paid.
        purpose: u8,
        from: Option<i64>,
        until: Option<i64>,
        scope: Scope,
    },
    Authorize {
        work: Work,
        cap: bool,
        seconds: i64,
        subject: Option<usize>,
        /// What no price knows is admitted.
        unpriced: bool,
    },
    Extend {
        hold: u64,
        work: Option<Work>,
        seconds: Option<i64>,
        unpriced: bool,
    },
    Capture {
        hold: u64,
        /// All that is still held, when absent.
        work: Option<Work>,
        closes: bool,
    },
    Release {
        hold: u64,
    },
    Usage {
        event: Event,
    },
    Debit {
        asset: usize,
        amount: i128,
        subject: Option<usize>,
    },
    Tax {
        grant: u64,
        asset: usize,
        amount: i128,
    },
    Overdraft {
        asset: usize,
        limit: i128,
    },
    Budget {
        code: usize,
        asset: usize,
        limit: i128,
        asks: Asks,
        /// It refuses nothing.
        warns: bool,
    },
    Drop {
        code: usize,
    },
    /// What the account says of budgets.
    Presets {
        presets: Vec<Preset>,
    },
}

/// The event types and the products that credit is for; nothing in a list is everything.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub event_types: Vec<usize>,
    pub products: Vec<usize>,
}

/// An amount of an asset, and what it is spent on.
#[derive(Clone, Copy, Debug)]
pub struct Consumption {
    pub asset: usize,
    pub amount: i128,
    pub subject: Option<usize>,
    /// Event type and key; a plain amount has neither, and no product.
    pub event: Option<(usize, Option<usize>)>,
    pub product: Option<usize>,
}

impl Consumption {
    pub const fn plain(asset: usize, amount: i128, subject: Option<usize>) -> Self {
        Self {
            asset,
            amount,
            subject,
            event: None,
            product: None,
        }
    }
}

impl Scope {
    pub fn is_everything(&self) -> bool {
        self.event_types.is_empty() && self.products.is_empty()
    }

    pub fn allows(&self, consumption: &Consumption) -> bool {
        let event_type = consumption.event.map(|(event_type, _)| event_type);
        let among = |words: &[usize], word: Option<usize>| {
            words.is_empty() || words.iter().any(|one| Some(*one) == word)
        };
        among(&self.event_types, event_type) && among(&self.products, consumption.product)
    }
}
