//! JSON objects: deserialised from objects only, or into a list of members without duplicates.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use super::{Text, string};

/// A deserializer that accepts only objects.
///
/// A derived `Deserialize` also accepts an array, by position. A sender could then say one thing to this crate and
/// another to every reader that goes by names.
pub(crate) struct ObjectOnly<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOnly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(ObjectVisitor(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Deserialises a whole text that is one object.
pub(crate) fn object_from_str<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let object = T::deserialize(ObjectOnly(&mut deserializer));
    if object.is_ok() {
        deserializer.end()?;
    }
    object
}

struct ObjectVisitor<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(members)
    }
}

/// Defines a struct that is a JSON object on the wire, with members named in camel case.
///
/// It serialises and deserialises, the latter from objects only, and has the derives that all payload types share,
/// including the one for the JSON Schema.
macro_rules! object {
    ($(
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$attribute:meta])* pub $field:ident: $type:ty,)+
        }
    )+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$attribute])* pub $field: $type,)+
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Members {
                    $($(#[$attribute])* $field: $type,)+
                }

                let Members { $($field),+ } =
                    serde::Deserialize::deserialize($crate::tools::json::ObjectOnly(deserializer))?;
                Ok(Self { $($field),+ })
            }
        }
    )+};
}
pub(crate) use object;

/// The members of an object, with unescaped names and raw values. A duplicate name is an error.
pub(crate) struct Members<'a>(pub(crate) Vec<(Text<'a>, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(member, _)| &**member == name).map(|(_, value)| *value)
    }

    /// Returns the value of a member that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        string(self.get(name)?).ok().flatten()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(Text<'de>, &'de RawValue)> = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
                if members.windows(2).any(|pair| matches!(pair, [(one, _), (next, _)] if one == next)) {
                    return Err(A::Error::invalid_value(Unexpected::Map, &"unique member names"));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}
