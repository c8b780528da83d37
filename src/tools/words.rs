//! Open vocabularies: statuses and other words that Moneyhub may add to at any time.

/// Defines an enum that is a string on the wire. An unknown word is kept, and is never an error.
///
/// An unknown word can be read but not matched on: its variant holds a private type. So code that compares with a word
/// keeps working when a later version of the crate knows that word.
macro_rules! words {
    ($(
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$known_doc:meta])* $known:ident = $text:literal,)*
        }
    )+) => {$(
        $(#[$doc])*
        ///
        /// Any other string is accepted and kept: [`as_str`](Self::as_str) returns it.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$known_doc])* $known,)*
            #[doc(hidden)]
            Other($crate::tools::words::OtherWord),
        }

        impl $name {
            /// Returns the string as it was sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$known => $text,)*
                    Self::Other(word) => word.as_str(),
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$known,)*
                    other => Self::Other($crate::tools::words::OtherWord::new(other)),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        $crate::tools::text::impl_text!($name);
    )+};
}
pub(crate) use words;

/// A word that this version of the crate does not know.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OtherWord(Box<str>);

impl OtherWord {
    pub(crate) fn new(word: &str) -> Self {
        Self(word.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for OtherWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}
