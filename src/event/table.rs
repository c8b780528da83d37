//! [`events!`]: makes everything that knows events by name from the enum in `event.rs`. So each name is written once.

macro_rules! events {
    (
        $(#[doc = $event_doc:literal])*
        #[derive($($derive:ident),+)]
        #[non_exhaustive]
        pub enum Event {
            $(
                #[event(
                    names: [$name:literal $(, $alias:literal)*],
                    urns: [$urn:literal $(, $other_urn:literal)*],
                    family: $family:ident,
                    page: $page:literal,
                )]
                $(#[doc = $doc:literal])*
                $variant:ident($payload:ident),
            )+
            $(#[doc = $unknown_doc:literal])*
            Unknown(UnknownEvent),
            $(#[doc = $malformed_doc:literal])*
            Malformed(MalformedEvent),
        }
    ) => {
        $(#[doc = $event_doc])*
        #[derive($($derive),+)]
        #[non_exhaustive]
        pub enum Event {
            $(
                $(#[doc = $doc])*
                #[doc = concat!("\n\n[Moneyhub's page](https://docs.moneyhubenterprise.com/docs/", $page, ")")]
                $variant($payload),
            )+
            $(#[doc = $unknown_doc])*
            Unknown(UnknownEvent),
            $(#[doc = $malformed_doc])*
            Malformed(MalformedEvent),
        }

        impl Event {
            /// Returns the name of the event in JSON, whichever format it came in: the canonical name of a known
            /// event, or [`UnknownEvent::name`].
            ///
            /// Code that matches on this name keeps working when a later version of the crate knows the event.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant(_) => EventType::$variant.as_str(),)+
                    Self::Unknown(unknown) => unknown.name(),
                    Self::Malformed(malformed) => malformed.event_type.as_str(),
                }
            }

            /// Returns the type of a known event, malformed or not. Returns `None` for an unknown event.
            #[must_use]
            pub fn event_type(&self) -> Option<EventType> {
                match self {
                    $(Self::$variant(_) => Some(EventType::$variant),)+
                    Self::Unknown(_) => None,
                    Self::Malformed(malformed) => Some(malformed.event_type),
                }
            }
        }

        impl serde::Serialize for Payload<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0 {
                    $(Event::$variant(payload) => payload.serialize(serializer),)+
                    Event::Unknown(unknown) => unknown.payload.serialize(serializer),
                    Event::Malformed(malformed) => malformed.payload.serialize(serializer),
                }
            }
        }

        /// A type of event that this version of the crate knows.
        ///
        /// [`FromStr`](std::str::FromStr) accepts the names of the JSON envelope, including those of older
        /// documentation. Serde writes the canonical name as a string and accepts what `FromStr` accepts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EventType {
            $($(#[doc = $doc])* $variant,)+
        }

        impl EventType {
            /// All event types, in the order of Moneyhub's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the canonical name: the `eventType` of the JSON envelope, such as `newTransactions`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the canonical URN: the member name in the `events` claim of a token.
            #[must_use]
            pub const fn urn(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("urn:com:moneyhub:events:", $urn),)+
                }
            }

            /// Returns the group that Moneyhub's overview of webhooks places the event in.
            #[must_use]
            pub const fn family(self) -> EventFamily {
                match self {
                    $(Self::$variant => EventFamily::$family,)+
                }
            }

            /// Returns the URL of the event's page in Moneyhub's documentation.
            #[must_use]
            pub const fn documentation(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("https://docs.moneyhubenterprise.com/docs/", $page),)+
                }
            }

            /// Looks up a value of `eventType` in the JSON envelope.
            fn from_json_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $alias)* => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Looks up what follows Moneyhub's prefix in a URN.
            fn from_urn_tail(tail: &str) -> Option<Self> {
                match tail {
                    $($urn $(| $other_urn)* => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Decodes a payload as that of an event of this type.
            fn decode(self, payload: &serde_json::value::RawValue) -> Result<Event, $crate::json::fault::Fault> {
                match self {
                    // `Transactions` has a `read` of its own; the other types have that of the trait.
                    $(Self::$variant => $payload::read(payload).map(Event::$variant),)+
                }
            }

            /// Counts the members of a payload that the type for this event does not have.
            #[cfg(feature = "tracing")]
            pub(crate) fn unknown_members(self, payload: &str) -> usize {
                match self {
                    $(Self::$variant => $crate::json::payload::unknown_members::<$payload>(payload),)+
                }
            }

            /// Returns the body of the fixture for an event of this type, as plain JSON.
            #[cfg(feature = "testing")]
            pub(crate) const fn fixture(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../fixtures/json/", $name, ".json")),)+
                }
            }
        }
    };
}
pub(crate) use events;
