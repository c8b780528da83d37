//! Open vocabularies: status words and the like, of which Moneyhub may add more at any time. A word nobody
//! has heard of is kept as it is and is never an error.

/// Defines a type that is a word on the wire, with the words known today as constants. It can be compared
/// but not matched on, so that no `match` is ever exhaustive over words that others may add to.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($(#[$known_doc:meta])* $known:ident = $text:literal,)* }) => {
        $(#[$doc])*
        ///
        /// Any word is kept as it was sent; compare with the constants or with a `&str`.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(extend("examples" = [$($text),*])))]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            $($(#[$known_doc])* pub const $known: Self = Self(std::borrow::Cow::Borrowed($text));)*

            /// The word as it was sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn text(&self) -> &str {
                &self.0
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$known),)*
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self(text.to_owned().into()))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or_else(|| Self(text.into()))
            }
        }

        $crate::tools::text::impl_text!($name);
    };
}
pub(crate) use word;
