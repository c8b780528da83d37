//! The event for an account balance that has crossed thresholds.

use chrono::NaiveDate;

use super::time;
use crate::id::AccountId;
use crate::json::payload::{list, payload};
use crate::money::{Amount, Currency, MinorUnits};
use crate::tools::words::words;

payload! {
    /// The balance of an account has crossed thresholds.
    ///
    /// The units differ: the balance is in **major** units (pounds), the thresholds are in **minor** units (pence).
    /// Convert the balance with [`Balance::to_minor_units`] before comparing them.
    ///
    /// Page: [balance threshold](https://docs.moneyhubenterprise.com/docs/balance-threshold).
    pub struct BalanceThreshold {
        /// The account. All other events name this field `accountId`, which is accepted here too.
        #[serde(alias = "accountId")]
        pub account_uid: AccountId,
        /// The name of the account.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub account_name: Option<String>,
        /// The balance when the event was generated.
        pub balance_at_time_generation: Balance,
        /// The thresholds that the balance has crossed.
        #[serde(deserialize_with = "list")]
        pub matched_thresholds: Vec<Threshold>,
    }

    /// The balance of an account on a day.
    pub struct Balance {
        /// The date of the balance.
        #[serde(deserialize_with = "time::date")]
        pub date: NaiveDate,
        /// The amount in **major** units of the currency.
        pub amount: Amount,
        /// The currency of the amount.
        pub currency: Currency,
    }
}

impl Balance {
    /// Converts the amount to minor units, which can be compared with [`Threshold::value`].
    ///
    /// Returns `None` if the result would not be exact: see [`Amount::to_minor_units`].
    #[must_use]
    pub fn to_minor_units(&self) -> Option<MinorUnits> {
        self.amount.to_minor_units(&self.currency)
    }
}

payload! {
    /// A threshold that a balance has crossed.
    pub struct Threshold {
        /// Which side of the threshold the balance is on.
        #[serde(rename = "type")]
        pub threshold_type: ThresholdType,
        /// The threshold in **minor** units of the balance's currency.
        pub value: MinorUnits,
    }
}

words! {
    /// Which side of a threshold a balance is on.
    pub enum ThresholdType {
        /// The balance is below the threshold.
        LessThan = "lt",
        /// The balance is above the threshold.
        GreaterThan = "gt",
    }
}
