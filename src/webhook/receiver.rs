//! [`Receiver`]: the policy that decides which webhooks to accept, and the path from a body's bytes to a [`Webhook`].

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Authenticity, Webhook};
use crate::body::{Body, utf8, wrapped_token};
use crate::claims::{Requirements, UntrustedToken};
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind};
use crate::keys::{Key, Keys, MONEYHUB_ISSUERS};
use crate::observe::{self, Stopwatch};

/// Parses and verifies webhooks under a policy. Create one at start-up and share it: it is cheap to clone.
///
/// Only the receiver decides which formats to accept; nothing in a body can change that. A receiver of signed tokens
/// rejects plain JSON, because otherwise an attacker could simply leave out the signature.
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
        Self::new(Some(keys.into()), client_id.into(), false)
    }

    /// Creates a receiver that accepts only plain JSON.
    ///
    /// Plain JSON proves nothing about its sender: anyone who knows the address can post any event. Treat an event as
    /// a hint to fetch the current data from the API, unless something else authenticates the sender.
    #[must_use]
    pub fn unsigned_json() -> Self {
        Self::new(None, String::new(), true)
    }

    fn new(keys: Option<Keys>, client_id: String, unsigned_json: bool) -> Self {
        let tokens = Requirements {
            client_id,
            issuers: MONEYHUB_ISSUERS.iter().copied().map(str::to_owned).collect(),
            max_age: Some(Self::DEFAULT_MAX_AGE),
            clock_skew: Self::DEFAULT_CLOCK_SKEW,
        };
        Self { keys, policy: Arc::new(Policy { tokens, unsigned_json, max_body: Self::DEFAULT_MAX_BODY }) }
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
    pub fn issuers(mut self, issuers: impl IntoIterator<Item: Into<String>>) -> Self {
        Arc::make_mut(&mut self.policy).tokens.issuers = issuers.into_iter().map(Into::into).collect();
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

    /// Returns a receiver with the same policy and other keys.
    ///
    /// Use it after [`ErrorKind::UnknownKey`], with a newly fetched key set. A receiver that rejects tokens still
    /// rejects them.
    #[must_use]
    pub fn with_keys(&self, keys: impl Into<Keys>) -> Self {
        Self { keys: self.keys.is_some().then(|| keys.into()), policy: Arc::clone(&self.policy) }
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
    /// token in the wrapping of payment widgets (`{"token": "…"}`, `token=…`).
    ///
    /// `Ok` means that the policy accepts the webhook. Acknowledge it, even if its event is
    /// [`Unknown`](crate::Event::Unknown) or [`Malformed`](crate::Event::Malformed). `Err` means that you must not act
    /// on it.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] for the first check that fails, in the order of [`ErrorKind`].
    pub fn parse_at(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let stopwatch = Stopwatch::start();
        let result = self.check(body, now);
        observe::delivery(&result, now, &stopwatch);
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
    /// It looks for the token's key among the cached ones. If there are none, they are older than their maximum age, or
    /// they lack that key, it starts a fetch if one is allowed, or joins the running one. It waits for the fetch up to
    /// the deadline, and looks once more.
    ///
    /// With a static [`KeySet`](crate::KeySet) it never waits, and returns what [`parse_at`](Self::parse_at) does.
    /// `now` is only the time of the body: the age of the keys is measured with their own clock.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`parse_at`](Self::parse_at). After [`ErrorKind::KeysUnavailable`], store the body,
    /// and parse it later with its time of receipt.
    pub async fn receive_at(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let stopwatch = Stopwatch::start();
        let result = self.check_live(body, now).await;
        observe::delivery(&result, now, &stopwatch);
        result
    }

    /// Returns the time until which this receiver, on any machine, may accept a duplicate of an accepted webhook.
    ///
    /// A guard needs to remember the webhook only until then ([`ReplayGuard::admit`](crate::ReplayGuard::admit)). The
    /// time is the token's time of issue, plus the maximum age, plus the clock skew for machines whose clocks differ.
    ///
    /// Returns `None` if duplicates are accepted at any time: for plain JSON, and without a
    /// [`max_age`](Self::max_age). Choose yourself how long to remember those, for example 24 hours.
    #[must_use]
    pub fn replayable_until(&self, webhook: &Webhook) -> Option<DateTime<Utc>> {
        let Authenticity::Signed { issued_at, .. } = webhook.authenticity() else { return None };
        let Requirements { max_age, clock_skew, .. } = &self.policy.tokens;
        let span = TimeDelta::from_std((*max_age)?.saturating_add(*clock_skew)).ok();
        Some(span.and_then(|span| issued_at.checked_add_signed(span)).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    fn check(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let token = match self.read(body)? {
            Readable::Json(webhook) => return Ok(webhook),
            Readable::Token(token) => token,
        };
        let (token, keys) = self.split(&token)?;
        let key_id = token.key_id()?;
        let key = keys.find(&key_id)?;
        self.accept_token(&token, &key, &key_id, now)
    }

    async fn check_live(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let token = match self.read(body)? {
            Readable::Json(webhook) => return Ok(webhook),
            Readable::Token(token) => token,
        };
        let (token, keys) = self.split(&token)?;
        let key_id = token.key_id()?;
        let key = keys.find_live(&key_id).await?;
        self.accept_token(&token, &key, &key_id, now)
    }

    fn read<'a>(&self, body: &'a [u8]) -> Result<Readable<'a>, Error> {
        let token = match Body::label(body, self.policy.max_body)? {
            Body::Token(token) => return Ok(Readable::Token(Cow::Borrowed(token))),
            Body::Object(json) if self.policy.unsigned_json => match Envelope::from_json(utf8(json)?) {
                Ok(envelope) => {
                    return Ok(Readable::Json(Webhook { envelope, authenticity: Authenticity::Unsigned }));
                }
                Err(error) => wrapped_token(json).ok().flatten().ok_or(error)?,
            },
            Body::Object(json) => {
                let detail = "plain JSON, but this receiver accepts only signed tokens";
                wrapped_token(json)?.ok_or_else(|| ErrorKind::FormatRejected.because(detail))?
            }
        };
        Ok(Readable::Token(match token {
            Cow::Borrowed(token) => Cow::Borrowed(token.as_bytes()),
            Cow::Owned(token) => Cow::Owned(token.into_bytes()),
        }))
    }

    fn split<'a>(&'a self, token: &'a [u8]) -> Result<(UntrustedToken<'a>, &'a Keys), Error> {
        let token = UntrustedToken::split(token)?;
        let detail = "a token, but this receiver accepts only plain JSON";
        let keys = self.keys.as_ref().ok_or_else(|| ErrorKind::FormatRejected.because(detail))?;
        Ok((token, keys))
    }

    fn accept_token(
        &self,
        token: &UntrustedToken<'_>,
        key: &Key,
        key_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Webhook, Error> {
        let requirements = &self.policy.tokens;
        let claims = token.verify(key, requirements, now)?;
        Ok(Webhook {
            envelope: claims.envelope,
            authenticity: Authenticity::Signed {
                issuer: claims.issuer,
                client_id: requirements.client_id.clone(),
                key_id: key_id.to_owned(),
                issued_at: claims.issued_at,
            },
        })
    }
}

/// A body that the policy may accept.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
enum Readable<'a> {
    Json(Webhook),
    /// Not verified yet.
    Token(Cow<'a, [u8]>),
}
