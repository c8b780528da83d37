//! Ids of webhooks, users, accounts and so on. Each has a type of its own, so that one can't be passed for another.
//!
//! Moneyhub documents ids as strings and shows UUIDs, so any string is accepted and kept byte for byte.
//!
//! An id is a string: it has [`as_str`](WebhookId::as_str), implements `AsRef<str>` and `Borrow<str>`, converts from
//! and into `String`, and compares with `str` and `String`. So a map with ids as keys is queried with a `&str`, and a
//! list of ids is joined with a separator.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use moneyhub_webhooks::id::TransactionId;
//!
//! let ids = [TransactionId::from("1"), TransactionId::from("2")];
//! assert_eq!(ids.join(","), "1,2");
//! let amounts = HashMap::from([(ids[0].clone(), 5)]);
//! assert_eq!(amounts.get("1"), Some(&5));
//! assert_eq!(ids[1], "2");
//! ```

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use crate::tools::text::impl_text;

/// The text of an id. A text as long as a UUID's is stored inline, without an allocation.
#[derive(Clone)]
enum Id {
    Inline(Inline),
    Allocated(Box<str>),
}

/// With an odd address, the bytes would be written and at once read again in other portions, which stalls processors: a
/// list of ids takes twice the time.
#[derive(Clone)]
#[repr(align(4))]
struct Inline([u8; UUID_LENGTH]);

/// The length of a UUID's text: 32 digits and 4 hyphens.
const UUID_LENGTH: usize = 36;

impl Id {
    fn as_str(&self) -> &str {
        match self {
            // Always UTF-8. The check is the price of safe code.
            Self::Inline(Inline(text)) => str::from_utf8(text).unwrap_or_default(),
            Self::Allocated(text) => text,
        }
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        match text.as_bytes().try_into() {
            Ok(inline) => Self::Inline(Inline(inline)),
            Err(_) => Self::Allocated(text.into()),
        }
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        ///
        /// Any string is accepted and kept byte for byte.
        #[derive(Clone)]
        pub struct $name(Id);

        impl $name {
            /// Returns the id as it was sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Id::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Id::from(text.as_str()))
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        // Equality, hash and order are those of the string, as `Borrow` requires.

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl_text!($name);
    )+};
}

ids! {
    /// The id of a webhook, the same in all deliveries of it: `id` in the JSON envelope, `jti` in a token.
    WebhookId,
    /// The id of a user: `userId` in the JSON envelope, `sub` in a token. Moneyhub's examples have 24 hexadecimal
    /// digits.
    UserId,
    /// The id of an account.
    AccountId,
    /// The id of a transaction.
    TransactionId,
    /// The id of a series of regular transactions.
    SeriesId,
    /// The id of one synchronization of a connection.
    SyncId,
    /// The id of a connection between a user and a bank: `<bank id>:<UUID>` in Moneyhub's examples.
    ConnectionId,
    /// The id of a payment.
    PaymentId,
    /// The id of the submission of a payment. It is opaque: `pv3-…` or a bare UUID in Moneyhub's examples.
    PaymentSubmissionId,
    /// The id of a decisioning report.
    ReportId,
}
