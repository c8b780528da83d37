//! Payload types: [`payload!`] defines a struct that is a JSON object on the wire.
//!
//! A derived `Deserialize` is too lenient: it also reads a struct from an array, by position, so that a sender could say
//! one thing to this crate and another to every reader that goes by names. And where a string stands in place of another
//! value, serde_json quotes the whole string in its message, which takes many times its memory. So objects and lists are
//! read by [`ObjectOnly`] and [`list`], which look at any value and accept only their own kind.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use super::Text;

/// Defines structs that are JSON objects on the wire, with members named in camel case. They serialize, and deserialize
/// from objects only.
macro_rules! payload {
    ($(
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$attribute:meta])* pub $field:ident: $type:ty,)+
        }
    )+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
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
                    serde::Deserialize::deserialize($crate::json::payload::ObjectOnly(deserializer))?;
                Ok(Self { $($field),+ })
            }
        }
    )+};
}
pub(crate) use payload;

/// A deserializer that accepts only objects, whatever the type asks for.
pub(crate) struct ObjectOnly<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOnly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(ObjectVisitor(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct ObjectVisitor<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(NotANumber(members))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<V::Value, E> {
        Err(E::invalid_type(Unexpected::Other("string"), &self))
    }
}

/// The members of an object. If another crate in the build enables serde_json's `arbitrary_precision`, a number looks like
/// an object with one member, which is rejected here.
pub(super) struct NotANumber<A>(pub(super) A);

/// The name of that member.
const NUMBER: &str = "$serde_json::private::Number";

impl<'de, A: MapAccess<'de>> MapAccess<'de> for NotANumber<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(Text(name)) = self.0.next_key()? else {
            return Ok(None);
        };
        if name == NUMBER {
            return Err(A::Error::invalid_type(
                Unexpected::Other("number"),
                &"an object",
            ));
        }
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

/// Counts the members of a payload that its type does not have, at any depth.
#[cfg(feature = "tracing")]
pub(crate) fn unknown_members<T: serde::de::DeserializeOwned>(payload: &str) -> usize {
    let mut unknown = 0_usize;
    let mut deserializer = serde_json::Deserializer::from_str(payload);
    let decoded: Result<T, _> = serde_ignored::deserialize(&mut deserializer, |_| {
        unknown = unknown.saturating_add(1);
    });
    decoded.map_or(0, |_| unknown)
}

/// Deserializes a list from an array only.
pub(crate) fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct ListVisitor<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(element) = elements.next_element()? {
                list.push(element);
            }
            Ok(list)
        }

        fn visit_str<E: Error>(self, _: &str) -> Result<Vec<T>, E> {
            Err(E::invalid_type(Unexpected::Other("string"), &self))
        }
    }

    deserializer.deserialize_any(ListVisitor(PhantomData))
}

/// Deserializes `true`, `false` or null.
pub(crate) fn optional_flag<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    match Box::<RawValue>::deserialize(deserializer)?.get() {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        "null" => Ok(None),
        _ => Err(D::Error::invalid_type(
            Unexpected::Other("value"),
            &"`true` or `false`",
        )),
    }
}
