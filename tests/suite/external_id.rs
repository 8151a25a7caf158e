//! A wallet whose customer was renamed: which calls it answers, and what it writes down.

use std::convert::Infallible;

use scrip::engine::command::ExternalId;
use scrip::engine::{Amount, Instant, Wallet, fold};
use scrip::journal::memory::MemoryJournal;
use scrip::journal::storage::Weight;
use scrip::journal::{Journal, Row, Storage, snapshot};
use scrip::worker::edge::call::{Ask, Call, MOVED};
use scrip::worker::wallet_object::object::WalletObject;

/// Rows in memory, without snapshots; what was written can be read from outside.
#[derive(Default)]
struct Paper<'a> {
    journal: MemoryJournal,
    written: Option<&'a std::cell::RefCell<Vec<Row>>>,
}

impl Journal for Paper<'_> {
    type Failure = Infallible;

    fn find(&self, op: &str) -> Result<Option<Row>, Infallible> {
        self.journal.find(op)
    }

    fn each_of_hold(&self, hold: u64, visit: &mut dyn FnMut(Row)) -> Result<(), Infallible> {
        self.journal.each_of_hold(hold, visit)
    }

    fn append(&mut self, rows: &[Row]) -> Result<bool, Infallible> {
        let appended = self.journal.append(rows)?;
        if let Some(written) = self.written.filter(|_| appended) {
            written.borrow_mut().extend_from_slice(rows);
        }
        Ok(appended)
    }

    fn page(&self, before: u64, limit: usize) -> Result<Vec<Row>, Infallible> {
        self.journal.page(before, limit)
    }

    fn unpriced(&self, before: u64, limit: usize) -> Result<Vec<Row>, Infallible> {
        self.journal.unpriced(before, limit)
    }

    fn last_hash(&self) -> String {
        self.journal.last_hash()
    }

    fn weight(&self) -> Weight {
        self.journal.weight()
    }
}

impl Storage for Paper<'_> {
    fn save(&mut self, _: &Wallet) -> Result<(), Infallible> {
        Ok(())
    }

    fn untold(&self) -> Result<Vec<Row>, Infallible> {
        Ok(Vec::new())
    }

    fn note_told(&mut self, _: u64) -> Result<(), Infallible> {
        Ok(())
    }

    fn spent(&self, _: &str) -> Result<Option<Amount>, Infallible> {
        Ok(None)
    }

    fn note_spent(&mut self, _: &str, _: Amount, _: (Instant, Instant)) -> Result<(), Infallible> {
        Ok(())
    }
}

fn answer(object: &mut WalletObject<Paper<'_>>, external_id: Option<&str>, ask: Ask) -> u16 {
    let call = Call {
        wallet: "acc/test/cust".into(),
        customer: "cust".into(),
        request_id: "req".into(),
        key: None,
        external_id: external_id.map(str::to_owned),
        ask,
    };
    let reply = object.call(&call, "", Instant::from_micros(1));
    reply.expect("memory does not fail").status
}

fn renamed(external_id: &str, revision: u64) -> Ask {
    Ask::ChangeExternalId(ExternalId {
        external_id: external_id.into(),
        revision,
    })
}

#[test]
fn a_wallet_answers_to_the_name_that_its_customer_has_now() {
    let written = std::cell::RefCell::default();
    let paper = Paper {
        written: Some(&written),
        ..Paper::default()
    };
    let mut object = WalletObject::new(paper, Wallet::default(), 0);
    let subscriptions = Vec::new();
    assert_eq!(answer(&mut object, None, Ask::GetWallet), 404);
    assert_eq!(answer(&mut object, Some("first"), Ask::GetWallet), MOVED);
    assert_eq!(
        answer(
            &mut object,
            None,
            Ask::OpenWallet {
                subscriptions,
                presets: Vec::new(),
                pay_at: String::new(),
            }
        ),
        200
    );
    // Before any change its id derives from whatever name it is called by.
    assert_eq!(answer(&mut object, Some("first"), Ask::GetWallet), 200);

    for (ask, rows, answers_to) in [
        (renamed("second", 2), 2, "second"),
        // The same again, and an older change that comes late.
        (renamed("second", 2), 2, "second"),
        (renamed("late", 1), 2, "second"),
        (renamed("first", 3), 3, "first"),
    ] {
        assert_eq!(answer(&mut object, None, ask), 204);
        assert_eq!(written.borrow().len(), rows);
        for name in ["first", "second", "late"] {
            let expected = if name == answers_to { 200 } else { MOVED };
            assert_eq!(answer(&mut object, Some(name), Ask::GetWallet), expected);
        }
        assert_eq!(answer(&mut object, None, Ask::GetWallet), 200);
    }

    let rows = written.borrow();
    let wallet = fold(rows.iter().map(|row| &row.entry));
    assert!(wallet.goes_by("first") && !wallet.goes_by("second"));
    assert_eq!(snapshot::read(&snapshot::text(&wallet)), Some(wallet));
}

#[test]
fn a_wallet_that_was_never_opened_is_opened_by_its_new_name() {
    let mut object = WalletObject::new(Paper::default(), Wallet::default(), 0);
    assert_eq!(answer(&mut object, None, renamed("second", 1)), 204);
    assert_eq!(answer(&mut object, Some("first"), Ask::GetWallet), MOVED);
    assert_eq!(answer(&mut object, Some("second"), Ask::GetWallet), 200);
}
