//! What `receive.mjs` calls: a receiver of signed tokens, and the cache of its keys. The runtime's clock and its `fetch`
//! are the handler's; here is neither.

#[cfg(feature = "rows")]
pub mod rows;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::keys::KeyFetch;
use moneyhub_webhooks::{Error, KeyCache, KeySet, Receiver, Webhook};
use serde::Serialize;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Tokens of one provider for one client, and the keys to verify them by. Make one for each instance of the runtime.
///
/// Times are milliseconds since 1970, as of `Date.now()`.
#[wasm_bindgen]
pub struct Intake {
    receiver: Receiver,
    cache: KeyCache,
}

#[wasm_bindgen]
impl Intake {
    /// Accepts tokens of one provider, under each spelling of its name, that are for this client.
    #[wasm_bindgen(constructor)]
    pub fn new(issuers: Vec<String>, client_id: String, max_body: usize) -> Self {
        let cache = KeyCache::new(issuers.clone());
        let no_keys_yet = KeySet::default();
        let receiver = Receiver::signed(no_keys_yet, client_id)
            .issuers(issuers)
            .max_body(max_body);
        Self { receiver, cache }
    }

    /// Verifies a body as of its receipt, with the keys that are cached `now`. Returns the JSON of a verdict:
    /// `{status, replayKey, webhook}` of an accepted body, `{status, kind, message, mayBeDiscarded}` of a rejected one.
    /// `webhook` is a text: `JSON.parse` would round amounts. A person should look at what may not be discarded.
    pub fn verify(&self, body: &[u8], received_at: f64, now: f64) -> Result<String, JsError> {
        let receiver = self.receiver.with_keys(self.cache.keys_at(time(now)?));
        let verdict = match receiver.parse_at(body, time(received_at)?) {
            Ok(webhook) => Verdict::accepted(&webhook)?,
            Err(error) => Verdict::rejected(&error),
        };
        Ok(serde_json::to_string(&verdict)?)
    }

    /// Whether the keys are due to be fetched.
    #[wasm_bindgen(js_name = isDue)]
    pub fn is_due(&self, now: f64) -> Result<bool, JsError> {
        Ok(self.cache.is_due_at(time(now)?))
    }

    /// Whether somebody fetches them.
    #[wasm_bindgen(js_name = isFetching)]
    pub fn is_fetching(&self, now: f64) -> Result<bool, JsError> {
        Ok(self.cache.status_at(time(now)?).is_fetching)
    }

    /// The right to fetch them, or `undefined`.
    #[wasm_bindgen(js_name = claimFetch)]
    pub fn claim_fetch(&self, now: f64) -> Result<Option<Claim>, JsError> {
        Ok(self.cache.claim_fetch(time(now)?).map(Claim))
    }
}

/// The right to fetch the keys. Call one of the two: forgotten, it lapses after a minute.
#[wasm_bindgen]
pub struct Claim(KeyFetch);

#[wasm_bindgen]
impl Claim {
    /// Hands over the key set. Throws if it has no usable key; the old keys stay then.
    pub fn succeed(self, jwks: &[u8]) -> Result<(), JsError> {
        Ok(self.0.succeed(jwks)?)
    }

    /// Says why there is none.
    pub fn fail(self, reason: String) {
        self.0.fail(reason);
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Verdict {
    #[serde(rename_all = "camelCase")]
    Accepted {
        status: u16,
        replay_key: String,
        webhook: String,
    },
    #[serde(rename_all = "camelCase")]
    Rejected {
        status: u16,
        kind: &'static str,
        message: String,
        may_be_discarded: bool,
    },
}

impl Verdict {
    fn accepted(webhook: &Webhook) -> serde_json::Result<Self> {
        let replay_key = webhook.replay_key().to_string();
        Ok(Self::Accepted {
            status: 202,
            replay_key,
            webhook: serde_json::to_string(webhook)?,
        })
    }

    fn rejected(error: &Error) -> Self {
        Self::Rejected {
            status: error.http_status(),
            kind: error.kind().as_str(),
            message: error.to_string(),
            may_be_discarded: error.may_be_discarded(),
        }
    }
}

fn time(milliseconds: f64) -> Result<DateTime<Utc>, JsError> {
    DateTime::from_timestamp_millis(milliseconds as i64).ok_or_else(|| JsError::new("not a time"))
}
