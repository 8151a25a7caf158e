//! Panics and traps on request, to prove the recovery. This file is in no release build.

/// Panics when the body names the fault; after a wait it may also trap in other ways.
///
/// # Panics
/// When the body names the fault.
pub fn trip(body: &str, fault: &str) {
    if body.contains(fault) {
        panic!("asked to: {fault}");
    }
    #[cfg(target_arch = "wasm32")]
    if fault == "fault:async-panic" {
        if body.contains("fault:async-trap") {
            core::arch::wasm32::unreachable();
        }
        if body.contains("fault:async-deep") {
            std::hint::black_box(deep(1));
        }
        if body.contains("fault:async-memory") {
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
    let room = std::hint::black_box([depth; 512]);
    std::hint::black_box(deep(depth + 1)) + room[7]
}
