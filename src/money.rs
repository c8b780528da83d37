//! Exact money: [`Amount`] in major units (pounds), [`MinorUnits`] (pence), and [`Currency`], which converts between
//! the two.
//!
//! No value passes through a float. The two units are different types, so that a balance can't be compared with a
//! threshold by accident.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::json::number;
use crate::tools::words::words;

/// An exact decimal number of **major** currency units: `12.50` is twelve pounds and fifty pence.
///
/// It represents any number of 28 significant digits with up to 28 decimal places, and numbers of 29 digits below 2^96.
/// A JSON number that it can't represent exactly is rejected, never rounded. Amounts compare by value (`50` and `50.00`
/// are equal). The decimal places that were sent are kept where they fit.
///
/// It serializes as a JSON number. A [`serde_json::Value`] stores numbers as `f64`, so read amounts from JSON text and
/// write them to JSON text, without a `Value` in between.
///
/// For arithmetic, convert it to the decimal type of your choice: the value is
/// [`coefficient`](Self::coefficient) × 10^-[`scale`](Self::scale), and `Display` writes it as a plain decimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amount(Decimal);

impl Amount {
    /// Creates the amount `coefficient` × 10^-`scale`: `Amount::new(1250, 2)` is 12.50.
    ///
    /// Returns `None` if that can't be represented.
    #[must_use]
    pub fn new(coefficient: i128, scale: u32) -> Option<Self> {
        Decimal::try_from_i128_with_scale(coefficient, scale)
            .ok()
            .map(Self)
    }

    /// Returns the digits of the number as an integer.
    #[must_use]
    pub fn coefficient(self) -> i128 {
        self.0.mantissa()
    }

    /// Returns how many digits of the [`coefficient`](Self::coefficient) are after the decimal point.
    #[must_use]
    pub fn scale(self) -> u32 {
        self.0.scale()
    }

    /// Converts the amount to minor units: 12.50 in GBP is 1250.
    ///
    /// Returns `None` if the result would not be exact: the currency has no known exponent, the amount is not a whole
    /// number of minor units (12.505 in GBP), or the result does not fit in 64 bits.
    #[must_use]
    pub fn to_minor_units(self, currency: &Currency) -> Option<MinorUnits> {
        let exponent = currency.exponent()?;
        let value = self.0.normalize();
        let power = 10_i128.checked_pow(exponent.checked_sub(value.scale())?)?;
        i64::try_from(value.mantissa().checked_mul(power)?)
            .ok()
            .map(MinorUnits)
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

/// Parses a number in JSON's grammar, such as `-12.50` or `1e3`.
impl FromStr for Amount {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, ParseAmountError> {
        let number: &RawValue = serde_json::from_str(text).map_err(|_| ParseAmountError(()))?;
        Self::deserialize(number).map_err(|_| ParseAmountError(()))
    }
}

/// Feature `rust_decimal`.
#[cfg(feature = "rust_decimal")]
impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// Feature `rust_decimal`.
#[cfg(feature = "rust_decimal")]
impl From<Decimal> for Amount {
    fn from(decimal: Decimal) -> Self {
        Self(decimal)
    }
}

/// The string is not a JSON number, or is one that an [`Amount`] can't represent exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON number that a 28-digit decimal represents exactly")]
pub struct ParseAmountError(());

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number =
            RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
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
/// It deserializes from a whole JSON number in any notation (`100`, `100.0`, `1e2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MinorUnits(pub i64);

impl MinorUnits {
    /// Converts to major units: 1250 in GBP is 12.50.
    ///
    /// Returns `None` if the currency has no known exponent.
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

words! {
    /// A currency code, as in ISO 4217.
    pub enum Currency {
        /// Pound sterling.
        Gbp = "GBP",
        /// Euro.
        Eur = "EUR",
        /// US dollar.
        Usd = "USD",
    }
}

impl Currency {
    /// Returns the number of decimal places between the major and the minor unit, from ISO 4217: 2 for GBP, 0 for JPY,
    /// 3 for BHD.
    ///
    /// Returns `None` for a code that is not in the standard, or that has no minor unit there (gold, `XAU`).
    #[must_use]
    pub fn exponent(&self) -> Option<u32> {
        iso_currency::Currency::from_code(self.as_str())?
            .exponent()
            .map(u32::from)
    }
}
