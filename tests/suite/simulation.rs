//! Soon.
pub fn seed_from_env() -> Option<u64> {
    std::env::var("SEED").ok()?.parse().ok()
}
