//! The ids of webhooks, users, accounts and the rest: a type each, so that one can't be passed for another.
//!
//! Moneyhub documents them as strings and shows UUIDs, so any string is an id and survives byte for byte. A
//! UUID in its canonical lower-case form, which is what they nearly always are, is kept in 16 bytes.

mod list;
mod uuid;

use std::fmt;
use std::ops::Deref;

use crate::tools::text::impl_text;
pub(crate) use list::put_back;
use uuid::{Uuid, UuidText};

/// What every id type holds: 24 bytes, and no allocation for a canonical UUID.
///
/// A string has one representation alone, so that the derived equality and hash are those of the text.
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

/// The text of an id, exactly as it was received. Derefs to [`str`], borrows or sits on the stack.
///
/// It is not `Clone`, so that `id.text().to_owned()` is the `String` that one expects.
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
        /// Any string, kept byte for byte; equal and hashed as its text, and ordered by it.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(#[cfg_attr(feature = "schema", schemars(with = "String"))] Id);

        impl $name {
            /// The text of the id, exactly as it was received.
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
    /// Whether it is the empty text, which no webhook may have.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Id::Text(text) if text.is_empty())
    }
}

ids! {
    /// The id of a webhook, the same in all copies of it. `id` of the JSON envelope, `jti` of a token.
    WebhookId,
    /// The id of a user: 24 hexadecimal digits in Moneyhub's examples. `userId` of the JSON envelope, `sub`
    /// of a token.
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
    /// The id of the submission of a payment: opaque, `pv3-…` or a bare UUID in Moneyhub's examples.
    PaymentSubmissionId,
    /// The id of a decisioning report.
    ReportId,
}
