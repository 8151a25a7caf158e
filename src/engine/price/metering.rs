//! From the volume that an event says to the volume that is priced.
//!
//! ```text
//! rounded = volume rounded to whole units
//! free    = min(rounded, what is left of the free units); all of it, where the event is free
//! priced  = rounded - free
//! ```

use crate::engine::amount::AmountError;
use crate::engine::rate::{Exact, Quantity};

use super::published::{Rounding, RoundingMode};

/// What metering makes of any volume of one event, in the period that the event lies in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Meter {
    pub rounding: Option<Rounding>,
    /// What is left of the free units.
    pub free_units: Quantity,
    /// The event is one of the free ones.
    pub is_free: bool,
}

/// A volume, as far as it is priced and as far as it is free.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Metered {
    pub priced: Quantity,
    pub free: Quantity,
}

impl Meter {
    /// # Errors
    /// [`AmountError::TooLarge`] where a volume that is rounded up leaves the bounds.
    pub fn read(&self, volume: Quantity) -> Result<Metered, AmountError> {
        let rounded = self.rounding.map(|rounding| rounding.of(volume));
        let rounded = rounded.transpose()?.unwrap_or(volume);
        // A free event uses up no free units: those are for the events after it.
        let free = if self.is_free {
            rounded
        } else {
            rounded.min(self.free_units)
        };
        Ok(Metered {
            priced: rounded.less(free),
            free,
        })
    }

    /// Whether all of an event is free: it is one of the free ones, or has no volume that is not.
    pub fn covers(&self, metered: Metered, has_unit_price: bool) -> bool {
        let by_units = metered.free.get().is_positive() && metered.priced == Quantity::ZERO;
        self.is_free || (by_units && !has_unit_price)
    }
}

impl Rounding {
    /// The volume in whole units.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when it leaves the bounds.
    pub fn of(self, volume: Quantity) -> Result<Quantity, AmountError> {
        let unit = Exact::from(self.unit.get());
        let units = Exact::from(volume.get()).over(unit)?;
        let whole = match self.mode {
            RoundingMode::Up => units.ceiling()?,
            RoundingMode::Down => units.floor(),
            RoundingMode::HalfUp => units.nearest()?,
        };
        let rounded = whole
            .times(unit)?
            .round_down(crate::engine::amount::MAX_PLACES)?;
        Quantity::new(rounded).ok_or(AmountError::TooLarge)
    }
}
