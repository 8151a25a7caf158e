//! Panics and traps on request, to prove the recovery. This file is in no release build.
//!
//! The suites of the feature `faults` put the name of a fault into a body. What they prove: a trap
//! costs the call in which it happens and no other, and what was written before it is found again
//! by its id.

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

#[cfg(target_arch = "wasm32")]
#[inline(never)]
#[expect(unconditional_recursion, reason = "the stack is to overflow")]
fn deep(depth: u64) -> u64 {
    // 4 KiB per frame, and seen by `black_box`: otherwise the recursion would become a loop.
    let room = std::hint::black_box([depth; 512]);
    std::hint::black_box(deep(depth + 1)) + room[7]
}
