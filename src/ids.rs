//! Ids of webhooks, users, accounts and so on. Each has a type of its own, so that one can't be passed for another.
//!
//! Moneyhub documents ids as strings and shows UUIDs, so any string is accepted and preserved byte for byte. A UUID in
//! its canonical lower-case form, which is the usual case, is stored in 16 bytes.

mod list;
mod uuid;

use std::fmt;
use std::ops::Deref;

use crate::tools::text::impl_text;
pub(crate) use list::put_back;
use uuid::{Uuid, UuidText};

/// The representation of every id type: 24 bytes, without an allocation for a canonical UUID.
///
/// Each string has exactly one representation, so the derived equality and hash are those of the string.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    Uuid(Uuid),
    Text(Box<str>),
}

impl Id {
    fn text(&self) -> IdText<'_> {
        IdText(match self {
            Self::Uuid(uuid) => Form::Uuid(uuid.text()),
            Self::Text(text) => Form::Text(text),
        })
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Uuid::parse(text).map_or_else(|| Self::Text(text.into()), Self::Uuid)
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Uuid::parse(&text).map_or_else(|| Self::Text(text.into()), Self::Uuid)
    }
}

/// The string of an id, exactly as it was received. It dereferences to [`str`], and is borrowed or on the stack.
///
/// It does not implement `Clone`, so that `id.text().to_owned()` returns a `String`.
pub struct IdText<'a>(Form<'a>);

enum Form<'a> {
    Uuid(UuidText),
    Text(&'a str),
}

impl Deref for IdText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Form::Uuid(text) => text.as_str(),
            Form::Text(text) => text,
        }
    }
}

impl PartialEq<str> for IdText<'_> {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for IdText<'_> {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl AsRef<str> for IdText<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Display for IdText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for IdText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        ///
        /// Any string is accepted and preserved byte for byte. Equality, hash and order are those of the string.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(#[cfg_attr(feature = "schema", schemars(with = "String"))] Id);

        impl $name {
            /// Returns the string of the id, exactly as it was received.
            #[must_use]
            pub fn text(&self) -> IdText<'_> {
                self.0.text()
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Id::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Id::from(text))
            }
        }

        impl From<Id> for $name {
            fn from(id: Id) -> Self {
                Self(id)
            }
        }

        impl_text!($name);
    )+};
}

impl WebhookId {
    /// Returns whether the id is the empty string, which is not a valid webhook id.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Id::Text(text) if text.is_empty())
    }
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
    /// The id of one synchronisation of a connection.
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
