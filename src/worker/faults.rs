//! Panics on request, to prove the recovery. This file is in no release build.

/// Panics when the body names the fault.
///
/// # Panics
/// When the body names the fault.
pub fn trip(body: &str, fault: &str) {
    if body.contains(fault) {
        panic!("asked to: {fault}");
    }
}
