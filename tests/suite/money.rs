//! Money: amounts are exact and never converted to a float, and major and minor units are different types.

use moneyhub_webhooks::Event;
use moneyhub_webhooks::money::{Amount, Currency, MinorUnits};
use proptest::prelude::*;

use crate::support::json_event;

fn amount(text: &str) -> Amount {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The event of a balance with this JSON text as its amount.
fn balance_event(amount: &str) -> Event {
    json_event(
        "balanceThreshold",
        &format!(
            r#"{{"accountUid":"a","accountName":"n","balanceAtTimeGeneration":{{"date":"2020-01-10","amount":{amount},"currency":"GBP"}},"matchedThresholds":[]}}"#
        ),
    )
}

proptest! {
    #[test]
    fn amounts_of_up_to_28_digits_round_trip_exactly(
        digits in "-?(0|[1-9][0-9]{0,27})",
        places in 0..=28_usize,
    ) {
        // The decimal point is `places` digits from the right, with leading zeros if there are too few digits.
        let (sign, digits) = digits.strip_prefix('-').map_or(("", &*digits), |digits| ("-", digits));
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let text = if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };

        let Event::BalanceThreshold(crossed) = balance_event(&text) else { panic!("{text}") };
        let amount = crossed.balance_at_time_generation.amount;
        let written = serde_json::to_string(&amount).unwrap();
        // A zero has no sign.
        let expected = if digits == "0" { text.trim_start_matches('-') } else { &text };
        prop_assert_eq!(&written, expected);
        prop_assert_eq!(amount.to_string(), written);
        prop_assert_eq!(amount.scale() as usize, places);
        prop_assert_eq!(amount.coefficient().unsigned_abs().to_string(), digits);
        prop_assert_eq!(Amount::new(amount.coefficient(), amount.scale()), Some(amount));
    }

    #[test]
    fn an_exponent_only_moves_the_decimal_point(
        coefficient in -999_999_999_999_i64..=999_999_999_999,
        exponent in -15..=15_i32,
    ) {
        let written = amount(&format!("{coefficient}e{exponent}"));
        let expected = if exponent < 0 {
            Amount::new(coefficient.into(), exponent.unsigned_abs())
        } else {
            Amount::new(i128::from(coefficient) * 10_i128.pow(exponent.unsigned_abs()), 0)
        };
        prop_assert_eq!(Some(written), expected);
    }

    #[test]
    fn minor_units_round_trip(value in any::<i64>()) {
        for currency in [Currency::Gbp, "JPY".into(), "BHD".into(), "CLF".into()] {
            let amount = MinorUnits(value).to_amount(&currency).unwrap();
            prop_assert_eq!(amount.to_minor_units(&currency), Some(MinorUnits(value)));
        }
    }

    #[test]
    fn no_number_panics(text in "-?(0|[1-9][0-9]{0,50})(\\.[0-9]{1,50})?([eE][+-]?[0-9]{1,25})?") {
        let event = balance_event(&text);
        prop_assert!(matches!(event, Event::BalanceThreshold(_) | Event::Malformed(_)));
    }
}

#[test]
fn numbers_at_the_edge_are_exact_or_malformed_and_never_rounded() {
    for (text, exact) in [
        ("1e28", Some("10000000000000000000000000000")),
        ("1e-28", Some("0.0000000000000000000000000001")),
        ("1e29", None),
        ("1e-29", None),
        ("1e1000000000", None),
        ("1e-4294967297", None),
        ("1e99999999999999999999999999", None),
        ("1e-99999999999999999999999999", None),
        ("0e99999999999999999999999999", Some("0")),
        ("-0", Some("0")),
        ("0.00", Some("0.00")),
        ("50.00", Some("50.00")),
        (
            "1000000000000000000000000000000000000000e-30",
            Some("1000000000"),
        ),
        ("0.10000000000000000000000000000000000000", Some("0.1")),
        (
            "123456789012345678901234567890123456789012345678901234567890",
            None,
        ),
        ("0.12345678901234567890123456789012345678", None),
        ("100000000000000000.01", Some("100000000000000000.01")),
        ("0.1", Some("0.1")),
    ] {
        match (balance_event(text), exact) {
            (Event::BalanceThreshold(crossed), Some(exact)) => {
                assert_eq!(
                    crossed.balance_at_time_generation.amount.to_string(),
                    exact,
                    "{text}"
                );
            }
            (Event::Malformed(bad), None) => {
                assert_eq!(bad.path(), "balanceAtTimeGeneration.amount");
                assert_eq!(
                    bad.reason(),
                    "expected a number that a 28-digit decimal represents exactly"
                );
                assert!(bad.payload().contains(text));
            }
            (event, _) => panic!("{text}: {event:?}"),
        }
    }
}

#[test]
fn amounts_are_equal_by_value() {
    assert_eq!(amount("50"), amount("50.00"));
    assert_eq!(amount("5e1"), amount("50.0"));
    assert!(amount("49.99") < amount("50"));
    assert_eq!(format!("{:?}", amount("-12.50")), "Amount(-12.50)");
    assert_eq!(MinorUnits(-5).to_string(), "-5");
}

#[test]
fn only_json_numbers_parse_as_amounts() {
    for text in [
        "", "x", "+1", "01", ".5", "5.", "1,5", "NaN", "\"50\"", "null", "[1]", "0x10", "1 2",
    ] {
        assert!(text.parse::<Amount>().is_err(), "{text}");
    }
}

#[test]
fn conversion_uses_the_exponent_of_the_currency() {
    for (currency, exponent, major, minor) in [
        ("GBP", Some(2), "12.50", Some(1250)),
        ("GBP", Some(2), "12.500", Some(1250)),
        ("GBP", Some(2), "12.505", None),
        ("GBP", Some(2), "-0.01", Some(-1)),
        ("GBP", Some(2), "92233720368547758.07", Some(i64::MAX)),
        ("GBP", Some(2), "92233720368547758.08", None),
        ("JPY", Some(0), "500", Some(500)),
        ("JPY", Some(0), "0.5", None),
        ("BHD", Some(3), "1.234", Some(1234)),
        ("CLF", Some(4), "1.2345", Some(12345)),
        ("XAU", None, "1", None),
        ("XXX", None, "1", None),
        ("gbp", None, "1", None),
        ("", None, "1", None),
    ] {
        let code = Currency::from(currency);
        assert_eq!(code.exponent(), exponent, "{currency}");
        assert_eq!(
            amount(major).to_minor_units(&code),
            minor.map(MinorUnits),
            "{major} {currency}"
        );
    }
    assert_eq!(
        MinorUnits(1250).to_amount(&Currency::Gbp),
        Some(amount("12.5"))
    );
    assert_eq!(MinorUnits(1250).to_amount(&Currency::from("XAU")), None);
}

#[test]
fn a_balance_compares_with_a_threshold_in_minor_units() {
    let Event::BalanceThreshold(crossed) = balance_event("0.99") else {
        panic!()
    };
    assert!(crossed.balance_at_time_generation.to_minor_units() < Some(MinorUnits(100)));
}
