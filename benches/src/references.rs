//! What parsing is compared with: the lower bounds for tokens and JSON, and how a service without this crate reads
//! webhooks.

use std::hint::black_box;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::bodies::{CLIENT_ID, ISSUER, Key};

/// The lower bound for a token: its signature is verified with a parsed key. The signature is decoded beforehand, and
/// nothing else of the token is read.
pub struct RawVerification {
    key: ParsedPublicKey,
    signing_input: String,
    signature: Vec<u8>,
}

impl RawVerification {
    pub fn new(key: &Key, token: &str) -> Self {
        let (signing_input, signature) = token.rsplit_once('.').unwrap();
        Self {
            key: key
                .public()
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                .unwrap(),
            signing_input: signing_input.to_owned(),
            signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
        }
    }

    pub fn verify(&self) {
        let Self {
            key,
            signing_input,
            signature,
        } = self;
        key.verify_sig(black_box(signing_input).as_bytes(), black_box(signature))
            .unwrap();
    }
}

/// The lower bound for JSON: a scan that builds nothing.
pub fn skip(json: &str) -> IgnoredAny {
    serde_json::from_str(json).unwrap()
}

/// An untyped value of the whole body.
pub fn value(json: &str) -> Value {
    serde_json::from_slice(json.as_bytes()).unwrap()
}

/// The usual way to read JSON: only serde's derives, `flatten` over an adjacently tagged enum, a `String` for each id.
pub fn usual(json: &str) -> Usual {
    serde_json::from_slice(json.as_bytes()).unwrap()
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usual {
    pub id: String,
    pub user_id: Option<String>,
    #[serde(flatten)]
    pub event: UsualEvent,
}

#[derive(Clone, Deserialize)]
#[serde(tag = "eventType", content = "payload", rename_all = "camelCase")]
pub enum UsualEvent {
    PaymentCompleted(Payment),
    NewTransactions(Transactions),
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    pub payment_id: String,
    pub payment_submission_id: String,
    pub submitted_at: DateTime<Utc>,
    pub status: String,
    pub reference: Option<String>,
    pub end_to_end_id: Option<String>,
}

#[derive(Clone, Deserialize)]
pub struct Transactions {
    pub accounts: Vec<Account>,
}

#[derive(Clone, Deserialize)]
pub struct Account {
    pub id: String,
    pub transactions: Vec<String>,
}

/// The usual way to read a token: jsonwebtoken's `decode` into the same types, with a key that is parsed once.
pub struct Jsonwebtoken {
    key: DecodingKey,
    validation: Validation,
}

impl Jsonwebtoken {
    pub fn new(key: &Key) -> Self {
        let jwks: Value = serde_json::from_str(&key.jwks()).unwrap();
        let number = |name: &str| {
            jwks.pointer(&format!("/keys/0/{name}"))
                .unwrap()
                .as_str()
                .unwrap()
        };
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[CLIENT_ID]);
        validation.set_required_spec_claims(&["iss", "aud"]);
        Self {
            key: DecodingKey::from_rsa_components(number("n"), number("e")).unwrap(),
            validation,
        }
    }

    pub fn decode(&self, token: &str) -> Claims {
        jsonwebtoken::decode(token, &self.key, &self.validation)
            .unwrap()
            .claims
    }
}

#[derive(Clone, Deserialize)]
pub struct Claims {
    pub jti: String,
    pub sub: Option<String>,
    pub iat: i64,
    pub events: Events,
}

#[derive(Clone, Deserialize)]
pub enum Events {
    #[serde(rename = "urn:com:moneyhub:events:payment-completed")]
    PaymentCompleted(Payment),
    #[serde(rename = "urn:com:moneyhub:events:new-transactions")]
    NewTransactions(Transactions),
}
