//! Panics and traps on request, to prove the recovery. This file is in no release build.
//!
//! The suites of the feature `faults` put the name of a fault into a body. What they prove: a trap
//! costs the call in which it happens and no other, and what was written before it is found again
//! by its id.

#[cfg(feature = "worker")]
use super::edge::reply::Reply;
#[cfg(feature = "worker")]
use super::wallet_object::sql_journal::{Sql, SqlJournal, Step};
#[cfg(feature = "worker")]
use super::wallet_object::store::ObjectSql;
#[cfg(feature = "worker")]
use crate::engine::Wallet;

/// Runs the laws of the journal over the storage of this object, which has nothing else afterwards, when the
/// body asks for it: the reply is a JSON list of those that are broken.
#[cfg(feature = "worker")]
pub fn laws(body: &str, storage: &super::wallet_object::store::ObjectStorage) -> Option<Reply> {
    if !body.contains("fault:journal-laws") {
        return None;
    }
    let mut kind = Object(storage.clone());
    let laws = crate::journal::laws::laws().into_iter();
    let broken = laws.filter_map(|(says, law)| Some(format!("{says}: {}", law(&mut kind).err()?)));
    let broken: Vec<String> = broken.collect();
    Some(Reply::ok(crate::wire::reply::json(&broken)))
}

#[cfg(feature = "worker")]
struct Object(super::wallet_object::store::ObjectStorage);

#[cfg(feature = "worker")]
impl crate::journal::laws::Kind for Object {
    type Journal = SqlJournal<ObjectSql>;

    fn fresh(&mut self) -> Self::Journal {
        let sql = ObjectSql::new(self.0.clone());
        let drop = |table| Step {
            sql: table,
            values: Vec::new(),
        };
        let tables = [
            drop("DROP TABLE IF EXISTS journal"),
            drop("DROP TABLE IF EXISTS snapshot"),
            drop("DROP TABLE IF EXISTS told"),
            drop("DROP TABLE IF EXISTS spent"),
        ];
        sql.atomically(&tables).expect("tables can be dropped");
        SqlJournal::wake(sql).expect("a storage without tables").0
    }

    fn wake(&mut self, _: Self::Journal) -> Result<(Self::Journal, Wallet, u64), String> {
        SqlJournal::wake(ObjectSql::new(self.0.clone()))
    }
}

/// Panics when the body names the fault; after a wait it may also trap in other ways.
///
/// # Panics
/// When the body names the fault.
pub fn trip(body: &str, fault: &str) {
    if body.contains(fault) {
        panic!("asked to: {fault}");
    }
    #[cfg(target_arch = "wasm32")]
    // Only after a wait: before it, a plain panic already shows what happens to a call.
    if fault == "fault:async-panic" {
        if body.contains("fault:async-trap") {
            core::arch::wasm32::unreachable();
        }
        if body.contains("fault:async-deep") {
            std::hint::black_box(deep(1));
        }
        if body.contains("fault:async-memory") {
            // Chunks of 64 MiB, so that the memory's limit is met before the time's.
            let mut all: Vec<Vec<u8>> = Vec::new();
            loop {
                all.push(vec![1; 64 << 20]);
                std::hint::black_box(&all);
            }
        }
    }
}

/// Never goes on when the name has the fault: the server is killed there.
pub async fn stall(name: &str, fault: &str) {
    if name.contains(fault) {
        std::future::pending::<()>().await;
    }
}

#[cfg(target_arch = "wasm32")]
#[inline(never)]
#[expect(unconditional_recursion, reason = "the stack is to overflow")]
fn deep(depth: u64) -> u64 {
    // 4 KiB per frame, and seen by `black_box`: otherwise the recursion would become a loop.
    let room = std::hint::black_box([depth; 512]);
    std::hint::black_box(deep(depth + 1)) + room[7]
}
