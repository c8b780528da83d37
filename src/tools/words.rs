//! Open vocabularies: statuses and other values that Moneyhub may add to at any time. An unknown value is preserved as
//! it is, and is never an error.

/// Defines a type that is a string on the wire, with the known values as constants.
///
/// Values can be compared but not matched on, so that no `match` can be exhaustive over a vocabulary that may grow.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($(#[$known_doc:meta])* $known:ident = $text:literal,)* }) => {
        $(#[$doc])*
        ///
        /// Any string is accepted and preserved. Compare it with the constants or with a `&str`.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(extend("examples" = [$($text),*])))]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            $($(#[$known_doc])* pub const $known: Self = Self(std::borrow::Cow::Borrowed($text));)*

            /// Returns the string as it was sent.
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
