//! The balance of an account that has crossed thresholds.

use chrono::NaiveDate;

use super::time;
use crate::ids::AccountId;
use crate::money::{Amount, Currency, MinorUnits};
use crate::tools::json::object;
use crate::tools::words::word;

object! {
    /// The balance of an account has crossed thresholds.
    ///
    /// Beware of the units: the balance comes in **major** units (pounds), the thresholds in **minor** ones
    /// (pence). [`Balance::to_minor_units`] makes them comparable.
    ///
    /// Page: [balance threshold](https://docs.moneyhubenterprise.com/docs/balance-threshold).
    pub struct BalanceThreshold {
        /// The account: `accountUid` here, where all other events say `accountId`, which is taken too.
        #[serde(alias = "accountId")]
        pub account_uid: AccountId,
        /// The name of the account.
        pub account_name: String,
        /// The balance when the event was made.
        pub balance_at_time_generation: Balance,
        /// The thresholds that it crossed.
        pub matched_thresholds: Vec<Threshold>,
    }

    /// The balance of an account on a day.
    pub struct Balance {
        /// The day.
        #[serde(deserialize_with = "time::date")]
        pub date: NaiveDate,
        /// The amount in **major** units of the currency.
        pub amount: Amount,
        /// The currency.
        pub currency: Currency,
    }
}

impl Balance {
    /// The amount in minor units, to compare with [`Threshold::value`]; `None` where it has no exact one (see
    /// [`Amount::to_minor_units`]).
    #[must_use]
    pub fn to_minor_units(&self) -> Option<MinorUnits> {
        self.amount.to_minor_units(&self.currency)
    }
}

object! {
    /// A threshold that a balance crossed.
    pub struct Threshold {
        /// On which side of the value the balance is.
        #[serde(rename = "type")]
        pub threshold_type: ThresholdType,
        /// The value in **minor** units of the balance's currency.
        pub value: MinorUnits,
    }
}

word! {
    /// On which side of a threshold a balance is.
    ThresholdType {
        /// Below the value.
        LESS_THAN = "lt",
        /// Above the value.
        GREATER_THAN = "gt",
    }
}
