//! [`Receiver`]: the policy of who may come in, and the way of a body from its bytes to a [`Webhook`].

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Authenticity, Webhook};
use crate::body::{Body, utf8, wrapped_token};
use crate::claims::{Requirements, UntrustedToken};
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind};
use crate::keys::{Freshness, Keys, MONEYHUB_ISSUERS};
use crate::observe::{self, Stopwatch};

/// Which webhooks are acceptable. Make one at start-up and share it: it is cheap to clone.
///
/// The policy is the receiver's alone. The bytes say of which format they are, and never which is accepted:
/// a receiver of signed tokens refuses plain JSON, or an attacker would just leave the signature out.
///
/// | setting | default | |
/// |---|---|---|
/// | [`issuers`](Self::issuers) | [`MONEYHUB_ISSUERS`] | tokens |
/// | [`max_age`](Self::max_age) | 5 minutes | tokens |
/// | [`clock_skew`](Self::clock_skew) | 60 seconds | tokens |
/// | [`max_body`](Self::max_body) | 1 MiB | both formats |
#[derive(Debug, Clone)]
pub struct Receiver {
    /// `None`: tokens are refused.
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
    /// The [`max_age`](Self::max_age) of a receiver unless told otherwise: 5 minutes.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5 * 60);

    /// The [`clock_skew`](Self::clock_skew) of a receiver unless told otherwise: 60 seconds.
    pub const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(60);

    /// The [`max_body`](Self::max_body) of a receiver unless told otherwise, in **bytes**: 1 MiB.
    pub const DEFAULT_MAX_BODY: usize = 1024 * 1024;

    /// Accepts signed tokens that are for `client_id`, the id of your API client, and nothing else. An empty
    /// client id matches no token.
    #[must_use]
    pub fn signed(keys: impl Into<Keys>, client_id: impl Into<String>) -> Self {
        Self::new(Some(keys.into()), client_id.into(), false)
    }

    /// Accepts plain JSON and nothing else.
    ///
    /// Plain JSON proves nothing about its sender: whoever knows the address can post any event. Take it as a
    /// hint to fetch the truth from the API, or where something else keeps strangers out.
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

    /// Accepts plain JSON beside what is accepted already, say while the format is being switched.
    ///
    /// **Anyone who leaves the signature out then gets in.** Branch on [`Webhook::authenticity`].
    #[must_use]
    pub fn and_unsigned_json(mut self) -> Self {
        Arc::make_mut(&mut self.policy).unsigned_json = true;
        self
    }

    /// Accepts tokens of these issuers in place of the default ones; they are compared byte by byte. None, or
    /// an empty one, matches no token.
    ///
    /// Keys are one provider's: name the spellings of one provider only, since each of them is believed when
    /// any of the keys has signed.
    #[must_use]
    pub fn issuers(mut self, issuers: impl IntoIterator<Item: Into<String>>) -> Self {
        Arc::make_mut(&mut self.policy).tokens.issuers = issuers.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts tokens up to this age, by their claim `iat`; `None` for any age. Exactly this age is accepted,
    /// and the clock skew does not widen it.
    #[must_use]
    pub fn max_age(mut self, max_age: impl Into<Option<Duration>>) -> Self {
        Arc::make_mut(&mut self.policy).tokens.max_age = max_age.into();
        self
    }

    /// Accepts tokens whose `iat` or `nbf` lies ahead, or whose `exp` has passed, by up to this much.
    #[must_use]
    pub fn clock_skew(mut self, clock_skew: Duration) -> Self {
        Arc::make_mut(&mut self.policy).tokens.clock_skew = clock_skew;
        self
    }

    /// Accepts bodies of up to this many **bytes**. A token with 6000 transactions, the most that Moneyhub
    /// sends, has about 313 000.
    #[must_use]
    pub fn max_body(mut self, max_body: usize) -> Self {
        Arc::make_mut(&mut self.policy).max_body = max_body;
        self
    }

    /// The same policy with other keys: what to do after [`ErrorKind::UnknownKey`], with a key set fetched
    /// anew. A receiver that refuses tokens goes on refusing them.
    #[must_use]
    pub fn with_keys(&self, keys: impl Into<Keys>) -> Self {
        Self { keys: self.keys.is_some().then(|| keys.into()), policy: Arc::clone(&self.policy) }
    }

    /// Judges a body as of now: [`parse_at`](Self::parse_at) with the clock of the system. Not there on
    /// targets that have none (`wasm32-unknown-unknown`).
    ///
    /// # Errors
    ///
    /// As [`parse_at`](Self::parse_at).
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn parse(&self, body: &[u8]) -> Result<Webhook, Error> {
        self.parse_at(body, Utc::now())
    }

    /// Judges a body as of `now`: the time of its receipt, or a time of your own in a test.
    ///
    /// Takes the raw bytes of the request, before any framework has read them as JSON: the plain envelope, a
    /// token, or a token as payment widgets wrap it (`{"token": "…"}`, `token=…`).
    ///
    /// `Ok` means: acceptable under this policy, acknowledge it, even where the event is
    /// [`Unknown`](crate::Event::Unknown) or [`Malformed`](crate::Event::Malformed). `Err` means: do not act on it.
    ///
    /// # Errors
    ///
    /// [`Error`], of the first [`ErrorKind`] in its order that applies.
    pub fn parse_at(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let stopwatch = Stopwatch::start();
        let result = self.judge(body, now, Freshness::Held);
        observe::delivery(&result, now, &stopwatch);
        result
    }

    /// Judges a body as of now, and has the keys fetched anew where that may change the answer:
    /// [`parse_live_at`](Self::parse_live_at) with the clock of the system.
    ///
    /// # Errors
    ///
    /// As [`parse_at`](Self::parse_at).
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub async fn parse_live(&self, body: &[u8]) -> Result<Webhook, Error> {
        self.parse_live_at(body, Utc::now()).await
    }

    /// Judges a body as of `now` with the keys that are held. If they are past their maximum age or can't tell,
    /// it has them fetched, if that is allowed now, waits for that within its deadline, and judges once more.
    ///
    /// With a static [`KeySet`](crate::KeySet) it never waits, and gives what [`parse_at`](Self::parse_at) does.
    /// `now` is the time of the body alone: how old the keys are, they know by a clock of their own.
    ///
    /// # Errors
    ///
    /// As [`parse_at`](Self::parse_at). After [`ErrorKind::KeysUnavailable`] keep the body, and judge it later
    /// with the time of its receipt.
    pub async fn parse_live_at(&self, body: &[u8], now: DateTime<Utc>) -> Result<Webhook, Error> {
        let mut stopwatch = Stopwatch::start();
        let result = self.judge_live(body, now, &mut stopwatch).await;
        observe::delivery(&result, now, &stopwatch);
        result
    }

    /// Up to when this receiver, on any machine, may accept a copy of a webhook that it accepted: to remember it so
    /// long is enough ([`ReplayGuard::admit`](crate::ReplayGuard::admit)). That is when it was issued and the
    /// maximum age; and the clock skew, for machines whose clocks differ.
    ///
    /// `None` where copies are accepted at any time: for plain JSON, and without a
    /// [`max_age`](Self::max_age). Choose how long to remember those: 24 hours are sensible.
    #[must_use]
    pub fn replayable_until(&self, webhook: &Webhook) -> Option<DateTime<Utc>> {
        let Authenticity::Signed { issued_at, .. } = webhook.authenticity() else { return None };
        let Requirements { max_age, clock_skew, .. } = &self.policy.tokens;
        let span = TimeDelta::from_std((*max_age)?.saturating_add(*clock_skew)).ok();
        Some(span.and_then(|span| issued_at.checked_add_signed(span)).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    async fn judge_live(
        &self,
        body: &[u8],
        now: DateTime<Utc>,
        stopwatch: &mut Stopwatch,
    ) -> Result<Webhook, Error> {
        let ended = self.keys.as_ref().map_or(0, Keys::fetches_ended);
        let error = match self.judge(body, now, Freshness::Required) {
            Err(error) if matches!(error.kind(), ErrorKind::UnknownKey | ErrorKind::KeysUnavailable) => error,
            result => return result,
        };
        match self.keys.as_ref().and_then(|keys| keys.refresh(ended)) {
            Some(refresh) => stopwatch.pause(refresh).await,
            None if error.kind() == ErrorKind::UnknownKey => {
                return Err(self.keys.as_ref().and_then(Keys::defer_unknown).unwrap_or(error));
            }
            None => {}
        }
        self.judge(body, now, Freshness::Held)
    }

    fn judge(&self, body: &[u8], now: DateTime<Utc>, freshness: Freshness) -> Result<Webhook, Error> {
        match Body::label(body, self.policy.max_body)? {
            Body::Token(token) => self.accept_token(token, now, freshness),
            Body::Object(json) if self.policy.unsigned_json => match Envelope::from_json(utf8(json)?) {
                Ok(envelope) => Ok(Webhook { envelope, authenticity: Authenticity::Unsigned }),
                Err(error) => {
                    let token = wrapped_token(json).ok().flatten().ok_or(error)?;
                    self.accept_token(token.as_bytes(), now, freshness)
                }
            },
            Body::Object(json) => {
                let detail = "plain JSON, and this receiver accepts signed tokens alone";
                let token =
                    wrapped_token(json)?.ok_or_else(|| Error::new(ErrorKind::FormatRefused, detail))?;
                self.accept_token(token.as_bytes(), now, freshness)
            }
        }
    }

    fn accept_token(&self, token: &[u8], now: DateTime<Utc>, freshness: Freshness) -> Result<Webhook, Error> {
        let token = UntrustedToken::split(token)?;
        let Some(keys) = &self.keys else {
            let detail = "a token, and this receiver accepts plain JSON alone";
            return Err(Error::new(ErrorKind::FormatRefused, detail));
        };
        let requirements = &self.policy.tokens;
        let claims = token.verify(keys, freshness, requirements, now)?;
        Ok(Webhook {
            envelope: claims.envelope,
            authenticity: Authenticity::Signed {
                issuer: claims.issuer,
                client_id: requirements.client_id.clone(),
                key_id: claims.key_id,
                issued_at: claims.issued_at,
            },
        })
    }
}
