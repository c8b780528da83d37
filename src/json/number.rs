//! JSON numbers parsed from their digits: exact decimals and integers, never through binary floating point.
//!
//! Numbers are read as raw text, because serde passes a number to a visitor as `f64`, or in yet another form if another
//! crate in the build enables serde_json's `arbitrary_precision`.

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use serde_json::value::RawValue;

use super::is_number;

/// Deserializes a number that a 28-digit decimal represents exactly.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    parse(
        deserializer,
        exact_decimal,
        "a number that a 28-digit decimal represents exactly",
    )
}

/// Deserializes a whole number in any notation: `100`, `100.0`, `1e2`.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    parse(deserializer, exact_integer, "a 64-bit whole number")
}

/// Deserializes an [`integer`], or null.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    #[derive(serde::Deserialize)]
    struct Integer(#[serde(deserialize_with = "integer")] i64);

    Ok(Option::<Integer>::deserialize(deserializer)?.map(|Integer(integer)| integer))
}

fn parse<'de, D, T>(
    deserializer: D,
    exact: fn(&str) -> Option<T>,
    expected: &str,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    if !is_number(&raw) {
        return Err(D::Error::invalid_type(
            Unexpected::Other("another value"),
            &"a number",
        ));
    }
    exact(raw.get()).ok_or_else(|| D::Error::invalid_value(Unexpected::Other("number"), &expected))
}

fn exact_integer(number: &str) -> Option<i64> {
    let decimal = exact_decimal(number)?;
    if decimal.is_integer() {
        decimal.try_into().ok()
    } else {
        None
    }
}

/// Parses a string in JSON's number grammar. Returns `None` if a [`Decimal`] can't represent it exactly.
///
/// The cost depends on the length of the string, never on the size of the exponent.
pub(crate) fn exact_decimal(number: &str) -> Option<Decimal> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let coefficient = [whole, fraction].concat();
    // An exponent beyond 64 bits is out of range for every number but zero, which ignores it.
    let exponent: i64 = exponent.parse().unwrap_or(if exponent.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    });
    let scale = i64::try_from(fraction.len()).ok()?.saturating_sub(exponent);

    // Keep the trailing zeros where they fit, so that `50.00` stays `50.00`.
    scaled(&coefficient, scale).or_else(|| {
        let significant = coefficient.trim_end_matches('0');
        if matches!(significant, "" | "-") {
            return Some(Decimal::ZERO);
        }
        let zeros = coefficient.len().checked_sub(significant.len())?;
        scaled(significant, scale.checked_sub(i64::try_from(zeros).ok()?)?)
    })
}

/// `coefficient` × 10^-`scale`.
fn scaled(coefficient: &str, scale: i64) -> Option<Decimal> {
    let coefficient: i128 = coefficient.parse().ok()?;
    match u32::try_from(scale) {
        Ok(scale) => Decimal::try_from_i128_with_scale(coefficient, scale).ok(),
        Err(_) => {
            let power = 10_i128.checked_pow(u32::try_from(scale.checked_neg()?).ok()?)?;
            Decimal::try_from_i128_with_scale(coefficient.checked_mul(power)?, 0).ok()
        }
    }
}
