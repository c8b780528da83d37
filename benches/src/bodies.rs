//! The bodies: one payment, or many transaction ids, as plain JSON and as a token.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};

pub const ISSUER: &str = "https://identity.moneyhub.co.uk";
pub const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";
pub const KEY_ID: &str = "YWGBb1-BbQpkmMrRf8nsfJqW46T0uCZOap_1PYdeIyo";

const ISSUED_AT: i64 = 1_735_689_600;

/// The time at which the tokens are issued and parsed.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(ISSUED_AT, 0).unwrap()
}

/// An event, by name, URN and payload.
#[derive(Clone)]
pub struct Event {
    name: &'static str,
    urn: &'static str,
    payload: String,
}

/// One payment: the size of most webhooks.
pub fn payment() -> Event {
    let payload = r#"{"paymentId":"68ef34e0-b8a7-4aa2-ad0a-b3cef33f8e36","paymentSubmissionId":"pv3-966167ee-a63e-464b-90ed-d779fa90c246","submittedAt":"2020-09-21T15:41:20.500Z","status":"completed","reference":"0019f234124a5f70","endToEndId":"1b63a27a"}"#;
    Event {
        name: "paymentCompleted",
        urn: "urn:com:moneyhub:events:payment-completed",
        payload: payload.to_owned(),
    }
}

/// New transactions of one account. Moneyhub sends at most 6000.
pub fn transactions(count: usize) -> Event {
    let ids: Vec<_> = (0..count)
        .map(|id| format!(r#""d520402a-d982-43ee-b1d1-{id:012x}""#))
        .collect();
    let ids = ids.join(",");
    Event {
        name: "newTransactions",
        urn: "urn:com:moneyhub:events:new-transactions",
        payload: format!(
            r#"{{"accounts":[{{"id":"6d0baf11-248e-4c11-9c04-97b7758b4e04","transactions":[{ids}]}}]}}"#
        ),
    }
}

impl Event {
    /// The event in Moneyhub's JSON envelope, with the members in Moneyhub's order.
    pub fn json(&self) -> String {
        let Self { name, payload, .. } = self;
        format!(r#"{{{ID},"eventType":"{name}",{USER_ID},"payload":{payload}}}"#)
    }

    /// The same event in other valid forms, each with its name.
    pub fn other_json(&self) -> Vec<(&'static str, String)> {
        let Self { name, payload, .. } = self;
        let name = format!(r#""eventType":"{name}""#);
        vec![
            (
                "payload first",
                format!(r#"{{"payload":{payload},{ID},{name},{USER_ID}}}"#),
            ),
            (
                "payload before its name",
                format!(r#"{{{ID},{USER_ID},"payload":{payload},{name}}}"#),
            ),
            (
                "further members",
                format!(r#"{{{FURTHER},{ID},{name},{USER_ID},"payload":{payload}}}"#),
            ),
            (
                "no user",
                format!(r#"{{{ID},{name},"userId":null,"payload":{payload}}}"#),
            ),
            ("white space", spaced(&self.json())),
        ]
    }

    /// The event as a token, with the claims in Moneyhub's order.
    pub fn token(&self, key: &Key) -> String {
        key.token(&self.claims())
    }

    fn claims(&self) -> String {
        let [iss, aud, jti, sub, iat] = registered_claims();
        format!("{{{iss},{aud},{jti},{sub},{},{iat}}}", self.events())
    }

    fn events(&self) -> String {
        format!(r#""events":{{"{}":{}}}"#, self.urn, self.payload)
    }

    /// The same event in other valid forms, each with its name.
    pub fn other_tokens(&self, key: &Key) -> Vec<(&'static str, String)> {
        let [iss, aud, jti, sub, iat] = &registered_claims();
        let events = &self.events();
        let usual = &self.claims();
        let fraction = format!("{iat}.25");
        let limits = format!(r#"{iat},"nbf":{ISSUED_AT},"exp":{}"#, ISSUED_AT + 600);
        let array = format!(r#""aud":["other","{CLIENT_ID}"]"#);
        let forms = [
            (
                "events first",
                format!("{{{events},{iss},{aud},{jti},{sub},{iat}}}"),
            ),
            (
                "events last",
                format!("{{{iss},{iat},{jti},{aud},{sub},{events}}}"),
            ),
            (
                "further claims",
                format!("{{{FURTHER},{iss},{aud},{jti},{sub},{events},{iat}}}"),
            ),
            ("iat with a fraction", usual.replace(iat, &fraction)),
            ("exp and nbf", usual.replace(iat, &limits)),
            ("aud as an array", usual.replace(aud, &array)),
            (
                "escapes",
                usual
                    .replace("//", r"\/\/")
                    .replace("urn:com", r"\u0075rn:com"),
            ),
            ("white space", spaced(usual)),
        ];
        forms
            .into_iter()
            .map(|(name, claims)| (name, key.token(&claims)))
            .collect()
    }
}

const ID: &str = r#""id":"abe168ce-1b2f-4c38-9c92-db5730485cb3""#;
const USER_ID: &str = r#""userId":"5c79210bbac25ecb5e71ac40""#;

/// The claims beside `events`: `iss`, `aud`, `jti`, `sub` and `iat`.
fn registered_claims() -> [String; 5] {
    [
        format!(r#""iss":"{ISSUER}""#),
        format!(r#""aud":"{CLIENT_ID}""#),
        r#""jti":"c9d133e0-e708-402d-a6b7-dc8ff9c29a1c""#.to_owned(),
        r#""sub":"5f75a9f947f9bd74d921a6c9""#.to_owned(),
        format!(r#""iat":{ISSUED_AT}"#),
    ]
}

/// Members that receivers ignore.
const FURTHER: &str =
    r#""txn":"8675309","toe":1735689599,"meta":{"attempt":1,"tags":["a"]},"note":null"#;

/// A pretty-printed JSON text, with each member and element on a separate line.
fn spaced(json: &str) -> String {
    let mut spaced = String::new();
    let (mut depth, mut in_string) = (0, false);
    for letter in json.chars() {
        in_string ^= letter == '"';
        let line = |depth| format!("\n{}", "  ".repeat(depth));
        match letter {
            _ if in_string => spaced.push(letter),
            '{' | '[' => {
                depth += 1;
                spaced.push(letter);
                spaced.push_str(&line(depth));
            }
            '}' | ']' => {
                depth -= 1;
                spaced.push_str(&line(depth));
                spaced.push(letter);
            }
            ',' => {
                spaced.push(letter);
                spaced.push_str(&line(depth));
            }
            ':' => spaced.push_str(": "),
            _ => spaced.push(letter),
        }
    }
    spaced
}

/// A private key that signs tokens, with its public key in several forms.
pub struct Key(RsaKeyPair);

impl Key {
    pub fn rsa_2048() -> Self {
        Self::from_pem(include_str!("../../fixtures/keys/test-rsa-2048.pem"))
    }

    pub fn rsa_4096() -> Self {
        Self::from_pem(include_str!("../keys/test-rsa-4096.pem"))
    }

    /// Reads a private key in PEM (PKCS#1).
    fn from_pem(pem: &str) -> Self {
        let base64: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        Self(RsaKeyPair::from_der(&STANDARD.decode(base64).unwrap()).unwrap())
    }

    /// Signs a token with these claims.
    fn token(&self, claims: &str) -> String {
        let header = format!(r#"{{"kid":"{KEY_ID}","alg":"RS256"}}"#);
        let signing_input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = self.sign(signing_input.as_bytes());
        format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .unwrap();
        signature
    }

    pub fn public(&self) -> RsaPublicKeyComponents<Vec<u8>> {
        self.0.public_key().into()
    }

    /// A key set with only this key.
    pub fn jwks(&self) -> String {
        let RsaPublicKeyComponents { n, e } = self.public();
        let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
        format!(
            r#"{{"keys":[{{"kty":"RSA","use":"sig","alg":"RS256","kid":"{KEY_ID}","n":"{n}","e":"{e}"}}]}}"#
        )
    }
}
