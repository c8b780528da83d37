//! Money without a float: [`Amount`] in major units (pounds), [`MinorUnits`] (pence), and [`Currency`], which
//! says how many of these make one of those. The two are different types, so that a balance is never
//! compared with a threshold by accident.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::tools::json::number;
use crate::tools::words::word;

/// An exact decimal number of **major** currency units: `12.50` is twelve pounds and fifty pence.
///
/// Holds any number of 28 significant digits and up to 28 decimal places (and of 29 digits those below 2^96);
/// a JSON number that it can't hold exactly is refused and never rounded. Equal by value (`50` and `50.00` are
/// equal); keeps the decimal places that were sent, where they fit.
///
/// Serialises as a JSON number, in text. A [`serde_json::Value`] holds numbers as `f64`: read amounts from
/// text and write them to text, and not by way of a `Value`.
///
/// For sums and the like convert to the decimal type of your choice: the value is
/// [`coefficient`](Self::coefficient) × 10^-[`scale`](Self::scale), and `Display` is its plain decimal text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amount(#[cfg_attr(feature = "schema", schemars(with = "serde_json::Number"))] Decimal);

impl Amount {
    /// `coefficient` × 10^-`scale`: `Amount::new(1250, 2)` is 12.50. `None` where that can't be held.
    #[must_use]
    pub fn new(coefficient: i128, scale: u32) -> Option<Self> {
        Decimal::try_from_i128_with_scale(coefficient, scale).ok().map(Self)
    }

    /// The digits of the number as an integer.
    #[must_use]
    pub fn coefficient(self) -> i128 {
        self.0.mantissa()
    }

    /// How many digits of the [`coefficient`](Self::coefficient) stand after the decimal point.
    #[must_use]
    pub fn scale(self) -> u32 {
        self.0.scale()
    }

    /// The same amount in minor units: 12.50 in GBP is 1250.
    ///
    /// `None` where that is not exact: the currency has no known exponent, the amount is no whole number of
    /// minor units (12.505 in GBP), or it is beyond 64 bits.
    #[must_use]
    pub fn to_minor_units(self, currency: &Currency) -> Option<MinorUnits> {
        let exponent = currency.exponent()?;
        let value = self.0.normalize();
        let power = 10_i128.checked_pow(exponent.checked_sub(value.scale())?)?;
        i64::try_from(value.mantissa().checked_mul(power)?).ok().map(MinorUnits)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({self})")
    }
}

/// Reads a number in JSON's grammar: `-12.50`, `1e3`.
impl FromStr for Amount {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, ParseAmountError> {
        let number: &RawValue = serde_json::from_str(text).map_err(|_| ParseAmountError(()))?;
        Self::deserialize(number).map_err(|_| ParseAmountError(()))
    }
}

/// The text is no JSON number, or one that an [`Amount`] can't hold exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON number that a decimal of 28 digits holds exactly")]
pub struct ParseAmountError(());

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number::decimal(deserializer).map(Self)
    }
}

/// A whole number of **minor** currency units: 1250 in GBP is twelve pounds and fifty pence.
///
/// Taken from any JSON number that is whole (`100`, `100.0`, `1e2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct MinorUnits(pub i64);

impl MinorUnits {
    /// The same amount in major units: 1250 in GBP is 12.50. `None` where the currency has no known exponent.
    #[must_use]
    pub fn to_amount(self, currency: &Currency) -> Option<Amount> {
        Amount::new(self.0.into(), currency.exponent()?)
    }
}

impl fmt::Display for MinorUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for MinorUnits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number::integer(deserializer).map(Self)
    }
}

word! {
    /// The code of a currency, as in ISO 4217.
    Currency {
        /// Pound sterling.
        GBP = "GBP",
        /// Euro.
        EUR = "EUR",
        /// US dollar.
        USD = "USD",
    }
}

impl Currency {
    /// How many decimal places of a major unit make one minor unit, by ISO 4217: 2 for GBP, 0 for JPY, 3 for
    /// BHD. `None` for a code that is not in the standard, or that has no minor unit there (gold, `XAU`).
    #[must_use]
    pub fn exponent(&self) -> Option<u32> {
        iso_currency::Currency::from_code(self.as_str())?.exponent().map(u32::from)
    }
}
