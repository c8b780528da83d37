//! Headers and claims of any form, signed with the right key, to reach the code behind the signature.
#![no_main]

mod common;
mod signer;

use arbitrary::Arbitrary;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// Edits of a valid header and valid claims: a member is set, removed or duplicated.
    header: Vec<(HeaderName<'a>, Edit<'a>)>,
    claims: Vec<(ClaimName<'a>, Edit<'a>)>,
}

#[derive(Arbitrary, Debug)]
enum HeaderName<'a> {
    Alg,
    Kid,
    Typ,
    Crit,
    Other(&'a str),
}

#[derive(Arbitrary, Debug)]
enum ClaimName<'a> {
    Iss,
    Aud,
    Jti,
    Sub,
    Iat,
    Exp,
    Nbf,
    Events,
    Nonce,
    Other(&'a str),
}

#[derive(Arbitrary, Debug)]
enum Edit<'a> {
    Remove,
    Set(Json<'a>),
    Again(Json<'a>),
}

#[derive(Arbitrary, Debug)]
enum Json<'a> {
    Null,
    Integer(i64),
    Float(f64),
    Text(&'a str),
    ClientId,
    Array(Vec<Json<'a>>),
    Object(Vec<(&'a str, Json<'a>)>),
    /// One event: the end of a URN with Moneyhub's prefix, or a known event.
    Event(&'a str, Box<Json<'a>>),
    KnownEvent(u8, Box<Json<'a>>),
    /// Text that may not be JSON.
    Raw(&'a str),
}

impl Json<'_> {
    fn text(&self) -> String {
        let string = |text: &str| serde_json::to_string(text).unwrap();
        match self {
            Self::Null => "null".to_owned(),
            Self::Integer(integer) => integer.to_string(),
            Self::Float(float) => serde_json::to_string(float).unwrap(),
            Self::Text(text) => string(text),
            Self::ClientId => string(common::CLIENT_ID),
            Self::Array(items) => {
                format!(
                    "[{}]",
                    items.iter().map(Self::text).collect::<Vec<_>>().join(",")
                )
            }
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| format!("{}:{}", string(name), value.text()));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Self::Event(tail, payload) => {
                format!(
                    "{{{}:{}}}",
                    string(&format!("urn:com:moneyhub:events:{tail}")),
                    payload.text()
                )
            }
            Self::KnownEvent(which, payload) => {
                let all = moneyhub_webhooks::EventType::ALL;
                let urn = all[usize::from(*which) % all.len()].urn();
                format!("{{{}:{}}}", string(urn), payload.text())
            }
            Self::Raw(text) => (*text).to_owned(),
        }
    }
}

fn edit(members: &mut Vec<(String, String)>, name: &str, edit: &Edit<'_>) {
    match edit {
        Edit::Remove => members.retain(|(member, _)| member != name),
        Edit::Set(json) => {
            members.retain(|(member, _)| member != name);
            members.push((name.to_owned(), json.text()));
        }
        Edit::Again(json) => members.push((name.to_owned(), json.text())),
    }
}

fn object(members: &[(String, String)]) -> String {
    let members = members
        .iter()
        .map(|(name, json)| format!("{}:{json}", serde_json::to_string(name).unwrap()));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn members(members: &[(&str, &str)]) -> Vec<(String, String)> {
    members
        .iter()
        .map(|(name, json)| ((*name).to_owned(), (*json).to_owned()))
        .collect()
}

libfuzzer_sys::fuzz_target!(|input: Input<'_>| {
    let mut header = members(&[
        ("kid", &format!("\"{}\"", signer::KEY_ID)),
        ("alg", "\"RS256\""),
    ]);
    for (name, change) in &input.header {
        let name = match name {
            HeaderName::Alg => "alg",
            HeaderName::Kid => "kid",
            HeaderName::Typ => "typ",
            HeaderName::Crit => "crit",
            HeaderName::Other(name) => name,
        };
        edit(&mut header, name, change);
    }
    let mut claims = members(&[
        ("iss", "\"https://identity.moneyhub.co.uk\""),
        ("aud", &format!("\"{}\"", common::CLIENT_ID)),
        ("jti", "\"w\""),
        ("sub", "\"u\""),
        (
            "events",
            r#"{"urn:com:moneyhub:events:deleted-account":{"accountId":"a"}}"#,
        ),
        ("iat", "1735689600"),
    ]);
    for (name, change) in &input.claims {
        let name = match name {
            ClaimName::Iss => "iss",
            ClaimName::Aud => "aud",
            ClaimName::Jti => "jti",
            ClaimName::Sub => "sub",
            ClaimName::Iat => "iat",
            ClaimName::Exp => "exp",
            ClaimName::Nbf => "nbf",
            ClaimName::Events => "events",
            ClaimName::Nonce => "nonce",
            ClaimName::Other(name) => name,
        };
        edit(&mut claims, name, change);
    }
    let token = signer::sign(&object(&header), &object(&claims));
    for receiver in &*common::RECEIVERS {
        common::check(receiver.parse_at(token.as_bytes(), common::now()));
    }
});
