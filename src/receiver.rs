//! [`Receiver`]: the policy that decides which webhooks to accept, and the path from a body's bytes to a [`Webhook`].

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::authenticity::Authenticity;
use crate::body::Body;
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind};
use crate::keys::{Keys, MONEYHUB_ISSUERS};
use crate::observe::{self, Started};
use crate::token::{Claims, Requirements, TokenParts, UntrustedToken};
use crate::tools::names::owned;
use crate::webhook::Webhook;

/// Parses and verifies webhooks under a policy. Create one at start-up and share it: it is cheap to clone.
///
/// Only the receiver decides which formats to accept; nothing in a body can change that. A receiver of signed tokens
/// rejects plain JSON, because otherwise an attacker could simply leave out the signature.
///
/// ```
/// use moneyhub_webhooks::{KeySet, Receiver};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let jwks = include_bytes!("../fixtures/keys/jwks.json");
/// # let body = include_bytes!("../fixtures/tokens/balanceThreshold.jwt");
/// # let now = "2025-01-01T00:00:00Z".parse()?;
/// let keys = KeySet::from_jwks(jwks)?; // static keys; a service uses RemoteKeys
/// let receiver = Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d");
///
/// let webhook = receiver.parse_at(body, now)?;
/// assert_eq!(webhook.event().name(), "balanceThreshold");
/// assert!(webhook.authenticity().is_signed());
/// # Ok(())
/// # }
/// ```
///
/// | setting | default | applies to |
/// |---|---|---|
/// | [`issuers`](Self::issuers) | [`MONEYHUB_ISSUERS`] | tokens |
/// | [`max_age`](Self::max_age) | 5 minutes | tokens |
/// | [`clock_skew`](Self::clock_skew) | 60 seconds | tokens |
/// | [`max_body`](Self::max_body) | 1 MiB | both formats |
#[derive(Debug, Clone)]
pub struct Receiver {
    /// `None` rejects every token.
    keys: Option<Keys>,
    policy: Arc<Policy>,
}

#[derive(Debug, Clone)]
struct Policy {
    tokens: Requirements,
    unsigned_json: bool,
    max_body: usize,
}

impl Receiver {
    /// The default [`max_age`](Self::max_age) of a receiver: 5 minutes.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5 * 60);

    /// The default [`clock_skew`](Self::clock_skew) of a receiver: 60 seconds.
    pub const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(60);

    /// The default [`max_body`](Self::max_body) of a receiver, in **bytes**: 1 MiB.
    pub const DEFAULT_MAX_BODY: usize = 1024 * 1024;

    /// Creates a receiver that accepts only signed tokens whose audience contains `client_id`, the id of your API
    /// client.
    ///
    /// An empty client id matches no token.
    #[must_use]
    pub fn signed(keys: impl Into<Keys>, client_id: impl Into<String>) -> Self {
        Self::new(Some(keys.into()), vec![client_id.into()], false)
    }

    /// Creates a receiver that accepts only plain JSON.
    ///
    /// Plain JSON proves nothing about its sender: anyone who knows the address can post any event. Treat an event as
    /// a hint to fetch the current data from the API, unless something else authenticates the sender.
    #[must_use]
    pub fn unsigned_json() -> Self {
        Self::new(None, Vec::new(), true)
    }

    fn new(keys: Option<Keys>, client_ids: Vec<String>, unsigned_json: bool) -> Self {
        let tokens = Requirements {
            client_ids,
            issuers: owned(MONEYHUB_ISSUERS),
            max_age: Some(Self::DEFAULT_MAX_AGE),
            clock_skew: Self::DEFAULT_CLOCK_SKEW,
        };
        Self {
            keys,
            policy: Arc::new(Policy {
                tokens,
                unsigned_json,
                max_body: Self::DEFAULT_MAX_BODY,
            }),
        }
    }

    /// Also accepts tokens for this client id. Use it if several of your API clients send their webhooks to one address.
    #[must_use]
    pub fn and_client_id(mut self, client_id: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.policy)
            .tokens
            .client_ids
            .push(client_id.into());
        self
    }

    /// Also accepts plain JSON, for example while Moneyhub switches the format of your webhooks.
    ///
    /// **Anyone can then send webhooks, by leaving out the signature.** Branch on [`Webhook::authenticity`].
    #[must_use]
    pub fn and_unsigned_json(mut self) -> Self {
        Arc::make_mut(&mut self.policy).unsigned_json = true;
        self
    }

    /// Sets the issuers whose tokens are accepted, in place of the default ones.
    ///
    /// `iss` must equal one of them, byte by byte. An empty list, or an empty issuer, matches no token.
    ///
    /// Pass only the spellings of a single provider: a token signed with any of the receiver's keys may name any issuer
    /// in this list.
    #[must_use]
    pub fn issuers(mut self, issuers: impl IntoIterator<Item: AsRef<str>>) -> Self {
        Arc::make_mut(&mut self.policy).tokens.issuers = owned(issuers);
        self
    }

    /// Sets the maximum age of a token, counted from its `iat` claim. `None` accepts any age.
    ///
    /// A token of exactly this age is accepted. The clock skew does not extend it.
    #[must_use]
    pub fn max_age(mut self, max_age: impl Into<Option<Duration>>) -> Self {
        Arc::make_mut(&mut self.policy).tokens.max_age = max_age.into();
        self
    }

    /// Raises the maximum age to at least this. A receiver that accepts any age stays as it is.
    #[must_use]
    pub fn max_age_at_least(mut self, max_age: Duration) -> Self {
        let tokens = &mut Arc::make_mut(&mut self.policy).tokens;
        tokens.max_age = tokens.max_age.map(|own| own.max(max_age));
        self
    }

    /// Sets by how much `iat` or `nbf` may be in the future, and by how much `exp` may have passed.
    #[must_use]
    pub fn clock_skew(mut self, clock_skew: Duration) -> Self {
        Arc::make_mut(&mut self.policy).tokens.clock_skew = clock_skew;
        self
    }

    /// Sets the maximum size of a body, in **bytes**.
    ///
    /// A token with 6000 transactions, the most that Moneyhub sends, has about 313 000 bytes.
    #[must_use]
    pub fn max_body(mut self, max_body: usize) -> Self {
        Arc::make_mut(&mut self.policy).max_body = max_body;
        self
    }

    /// Returns the maximum size of a body, in **bytes**: read no more than that of a request.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.policy.max_body
    }

    /// Returns a receiver with the same policy and other keys.
    ///
    /// Use it for each body with [`KeyCache::keys_at`](crate::KeyCache::keys_at), or after [`ErrorKind::UnknownKey`]
    /// with a new key set. A receiver that rejects tokens still rejects them.
    #[must_use]
    pub fn with_keys(&self, keys: impl Into<Keys>) -> Self {
        Self {
            keys: self.keys.is_some().then(|| keys.into()),
            policy: Arc::clone(&self.policy),
        }
    }

    /// Parses and verifies a body now: [`parse_at`](Self::parse_at) with the time of the system clock.
    ///
    /// Not available on targets without a clock (`wasm32-unknown-unknown`).
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`parse_at`](Self::parse_at).
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn parse(&self, body: &[u8]) -> Result<Webhook, Error> {
        self.parse_at(body, Utc::now())
    }

    /// Parses and verifies a body as of `now`: its time of receipt, or a fixed time in a test.
    ///
    /// `body` is the raw body of the request, before a framework parses it as JSON: the plain envelope, a token, or a
    /// token in the wrapping of payment widgets (a JSON object with `token`, or a form with that field).
    ///
    /// It never fetches keys: it verifies with those that are cached, up to their
    /// [hard limit](crate::KeyCache::hard_limit).
    ///
    /// `Ok` means that the policy accepts the webhook. Acknowledge it, even if its event is
    /// [`Unknown`](crate::Event::Unknown) or [`Malformed`](crate::Event::Malformed). `Err` means that you must not act
    /// on it.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] for the first check that fails, in the order of [`ErrorKind`].
    pub fn parse_at(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let started = Started::now();
        let result = self.read(body, now).and_then(|read| match read {
            Read::Json(webhook) => Ok(webhook),
            Read::Token { mut token, keys } => {
                let key = keys.find(&token)?;
                token.verify(&key).map(accept)
            }
        });
        observe::delivery(&result, now, started);
        result
    }

    /// Parses and verifies a body now, and fetches keys if that may change the result:
    /// [`receive_at`](Self::receive_at) with the time of the system clock.
    ///
    /// Not available on targets without a clock (`wasm32-unknown-unknown`).
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`receive_at`](Self::receive_at).
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub async fn receive(&self, body: &[u8]) -> Result<Webhook, Error> {
        self.receive_at(body, Utc::now()).await
    }

    /// Parses and verifies a body as of `now`, and fetches keys if that may change the result.
    ///
    /// If no keys are cached, if they are older than their maximum age, if they lack the token's key, or if the cached key
    /// does not verify the signature, it starts a fetch if one is allowed, or joins the running one, and waits for it up
    /// to its timeout. An unknown key or a bad signature causes no fetch if the token's unverified issuer, audience or
    /// age does not fit this receiver: it would be rejected with any key.
    ///
    /// With a static [`KeySet`](crate::KeySet), or without a tokio runtime, it never waits, and returns what
    /// [`parse_at`](Self::parse_at) does. `now` is only the time of the body: the age of the keys is measured with their
    /// own clock.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`parse_at`](Self::parse_at). If the error [is transient](Error::is_transient), store
    /// the body, and pass it to this function later, with its time of receipt.
    pub async fn receive_at(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let started = Started::now();
        let result = self.find_live_and_accept(body, now).await;
        observe::delivery(&result, now, started);
        result
    }

    async fn find_live_and_accept(
        &self,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Webhook, Error> {
        match self.read(body, now)? {
            Read::Json(webhook) => Ok(webhook),
            Read::Token { mut token, keys } => {
                let key = keys.find_live(&token).await?;
                let mut verified = token.verify(&key);
                // The issuer may have replaced the key under its id.
                if verified
                    .as_ref()
                    .is_err_and(|error| error.kind() == ErrorKind::Signature)
                    && let Some(newer) = keys.find_newer(&token, &key).await
                {
                    verified = token.verify(&newer);
                }
                verified.map(accept)
            }
        }
    }

    /// Returns the time until which this receiver accepts a webhook: that of its issue, plus the maximum age.
    ///
    /// Returns `None` if it accepts it at any time: plain JSON, and without a [`max_age`](Self::max_age).
    #[must_use]
    pub fn accepted_until(&self, authenticity: &Authenticity) -> Option<DateTime<Utc>> {
        let Authenticity::Signed { issued_at, .. } = authenticity else {
            return None;
        };
        let max_age = TimeDelta::from_std(self.policy.tokens.max_age?).ok();
        let until = max_age.and_then(|max_age| issued_at.checked_add_signed(max_age));
        Some(until.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Returns the time until which this receiver, on any machine, may accept a duplicate of an accepted webhook that
    /// arrives.
    ///
    /// That is [`accepted_until`](Self::accepted_until), plus the clock skew for machines whose clocks differ. A
    /// duplicate that has arrived by then may be accepted later, if its body was stored and is passed to
    /// [`receive_at`](Self::receive_at) with its time of receipt: remember the webhook for as much longer as bodies are
    /// stored ([`guide::duplicates`](crate::guide::duplicates)).
    ///
    /// Returns `None` if duplicates are accepted at any time: for plain JSON, and without a
    /// [`max_age`](Self::max_age). Choose yourself how long to remember those, for example 24 hours.
    #[must_use]
    pub fn replayable_until(&self, authenticity: &Authenticity) -> Option<DateTime<Utc>> {
        let until = self.accepted_until(authenticity)?;
        let clock_skew = TimeDelta::from_std(self.policy.tokens.clock_skew).ok();
        let until = clock_skew.and_then(|clock_skew| until.checked_add_signed(clock_skew));
        Some(until.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Everything before the key: detects the format, and reads plain JSON or the header of a token.
    fn read<'a>(&'a self, body: &'a [u8], now: DateTime<Utc>) -> Result<Read<'a>, Error> {
        let Policy {
            tokens,
            unsigned_json,
            max_body,
        } = &*self.policy;
        match Body::detect(body, *max_body, *unsigned_json)? {
            Body::Json(text, members) => {
                let envelope = Envelope::from_members(text, &members)?;
                let unsigned = Authenticity::Unsigned;
                Ok(Read::Json(Webhook::new(
                    text.to_owned(),
                    envelope,
                    unsigned,
                )))
            }
            Body::Token(token) => {
                let token = TokenParts::split(token)?;
                let detail = "a token, but this receiver accepts only plain JSON";
                let keys = self
                    .keys
                    .as_ref()
                    .ok_or_else(|| ErrorKind::FormatRejected.because(detail))?;
                let token = token.check_header(tokens, now)?;
                Ok(Read::Token { token, keys })
            }
        }
    }
}

/// Everything after the token: the webhook that its claims describe.
fn accept(claims: Claims) -> Webhook {
    let Claims {
        text,
        envelope,
        issuer,
        client_id,
        key_id,
        issued_at,
    } = claims;
    let authenticity = Authenticity::Signed {
        issuer,
        client_id,
        key_id,
        issued_at,
    };
    Webhook::new(text, envelope, authenticity)
}

/// A body, read as far as that is possible without a key.
#[expect(clippy::large_enum_variant, reason = "it lives for one call")]
enum Read<'a> {
    /// Plain JSON, which the policy accepts.
    Json(Webhook),
    Token {
        token: UntrustedToken<'a>,
        keys: &'a Keys,
    },
}
