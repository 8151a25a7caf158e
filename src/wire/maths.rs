//! How an amount came about, as its caller says: so many units at this price, so much volume at
//! that rate. It is told back as it was said, and nothing is computed from it.

use crate::engine::Quantity;
use crate::engine::usage::Maths;

use super::json::{Errors, Object};

/// Reads the five numbers; `units` is the name of the field that counts units, which is `units` in
/// a cost and `input_units` in a charge. None may be negative, and `package_size` divides, so it is
/// above zero.
pub(crate) fn maths(object: &Object<'_>, units: &'static str, errors: &mut Errors) -> Maths {
    let mut amount = |name: &'static str| {
        // Nothing is computed from it, so that a float with many places is no mistake.
        let (amount, _) = object.computed(name, errors)?;
        if amount.is_negative() {
            errors.add(&object.path_of(name), "must not be negative");
        }
        // It goes on after an error, which is noted and keeps the value from ever being used, so
        // that the other four are read as well.
        Some(amount)
    };
    let maths = Maths {
        units: amount(units).and_then(Quantity::new),
        unit_price: amount("unit_price"),
        input_volume: amount("input_volume").and_then(Quantity::new),
        volume_rate: amount("volume_rate"),
        package_size: amount("package_size").and_then(Quantity::new),
    };
    if maths.package_size == Some(Quantity::ZERO) {
        errors.add(&object.path_of("package_size"), "must be above zero");
    }
    maths
}
