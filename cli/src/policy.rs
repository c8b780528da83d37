//! The options by which a body is judged, and the receiver that they describe.

use std::fmt;
use std::time::Duration;

use clap::Args;
use moneyhub_webhooks::testing::TestIssuer;
use moneyhub_webhooks::{
    Error, ErrorKind, KeySet, Keys, MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL, Receiver, RemoteKeys,
};

use crate::failure::{Failure, failed_at, usage};
use crate::output::warn;
use crate::source;

#[derive(Args)]
#[command(next_help_heading = "What is accepted")]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    keys: KeyArgs,

    /// The id of your API client, which a token's audience must name
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Accept tokens of this issuer in place of Moneyhub's or the test issuer's; may be given again
    #[arg(long = "issuer", value_name = "ISSUER")]
    issuers: Vec<String>,

    /// Accept plain JSON, which anybody can have sent; beside tokens where keys are given too
    #[arg(long)]
    unsigned: bool,

    /// Refuse tokens older than this
    #[arg(long, value_name = "SECONDS|none", default_value_t = MaxAge(Some(Receiver::DEFAULT_MAX_AGE)), value_parser = max_age)]
    max_age: MaxAge,

    /// How far another clock may be off
    #[arg(long, value_name = "SECONDS", default_value_t = Receiver::DEFAULT_CLOCK_SKEW.as_secs())]
    clock_skew: u64,

    /// Refuse larger bodies
    #[arg(long, value_name = "BYTES", default_value_t = Receiver::DEFAULT_MAX_BODY)]
    pub(crate) max_body: usize,
}

#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct KeyArgs {
    /// Verify tokens with this key set (JWKS)
    #[arg(long, value_name = "FILE|URL")]
    jwks: Option<String>,

    /// Verify tokens with the key set that Moneyhub publishes
    #[arg(long)]
    moneyhub: bool,

    /// Verify tokens of the test issuer, by which `send` signs: everybody has its key
    #[arg(long)]
    test_issuer: bool,
}

#[derive(Clone, Copy)]
struct MaxAge(Option<Duration>);

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(age) => write!(f, "{}", age.as_secs()),
            None => f.write_str("none"),
        }
    }
}

fn max_age(text: &str) -> Result<MaxAge, String> {
    if text == "none" {
        return Ok(MaxAge(None));
    }
    let seconds = text.parse().map_err(|_| "neither a whole number of seconds nor `none`")?;
    Ok(MaxAge(Some(Duration::from_secs(seconds))))
}

/// How the keys of a set at an address are to be had.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetching {
    /// Once, now.
    Once,
    /// Again and again, as a service does.
    Live,
}

/// What a body is judged by, with what there is to say of it.
pub(crate) struct Policy {
    pub(crate) receiver: Receiver,
    /// Neither keys nor `--unsigned` were given: bodies are looked at and nothing is accepted.
    pub(crate) decides: bool,
    pub(crate) takes_tokens: bool,
    pub(crate) takes_json: bool,
    pub(crate) keys: String,
    pub(crate) client_id: String,
    pub(crate) issuers: Vec<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) clock_skew: Duration,
    pub(crate) max_body: usize,
}

impl PolicyArgs {
    /// Makes `--test-issuer` the choice where no other keys are given.
    pub(crate) fn or_test_issuer(&mut self) {
        let KeyArgs { jwks, moneyhub, test_issuer } = &mut self.keys;
        *test_issuer = jwks.is_none() && !*moneyhub;
    }

    pub(crate) async fn policy(&self, fetching: Fetching) -> Result<Policy, Failure> {
        let KeyArgs { jwks, moneyhub, test_issuer } = &self.keys;
        let place = if *moneyhub { Some(MONEYHUB_KEY_SET_URL) } else { jwks.as_deref() };
        let test_issuer = test_issuer.then(TestIssuer::new);

        let issuers = match &test_issuer {
            _ if !self.issuers.is_empty() => self.issuers.clone(),
            Some(test) => vec![test.issuer().to_owned()],
            None => MONEYHUB_ISSUERS.iter().copied().map(str::to_owned).collect(),
        };
        let takes_tokens = place.is_some() || test_issuer.is_some();
        let client_id = match (&self.client_id, &test_issuer) {
            (Some(client_id), _) => client_id.clone(),
            (None, Some(test)) => test.client_id().to_owned(),
            (None, None) if takes_tokens => {
                return Err(usage("--client-id is missing: tokens are accepted for one client"));
            }
            (None, None) => String::new(),
        };
        let keys: Option<Keys> = match (place, &test_issuer) {
            (Some(place), _) if fetching == Fetching::Live && source::is_url(place) => {
                Some(live(place, &issuers).await?.into())
            }
            (Some(place), _) => Some(fixed(place).await?.into()),
            (None, Some(test)) => {
                warn("tokens of the test issuer are accepted: everybody has its private key");
                Some(test.key_set().into())
            }
            (None, None) => None,
        };
        let decides = takes_tokens || self.unsigned;
        let receiver = match keys {
            Some(keys) => Receiver::signed(keys, &client_id),
            None if decides => Receiver::unsigned_json(),
            // Sees all of a body that can be seen without keys.
            None => Receiver::signed(no_keys()?, ""),
        };
        let receiver = if self.unsigned || !decides { receiver.and_unsigned_json() } else { receiver };
        let (MaxAge(max_age), clock_skew) = (self.max_age, Duration::from_secs(self.clock_skew));
        let receiver =
            receiver.issuers(&issuers).max_age(max_age).clock_skew(clock_skew).max_body(self.max_body);
        Ok(Policy {
            receiver,
            decides,
            takes_tokens,
            takes_json: self.unsigned,
            keys: place.map_or_else(|| "the test issuer".to_owned(), str::to_owned),
            client_id,
            issuers,
            max_age,
            clock_skew,
            max_body: self.max_body,
        })
    }
}

impl Policy {
    /// The message of a refusal. Of a body that is too large the rest was not read, so that its size is not known.
    pub(crate) fn message(&self, error: &Error) -> String {
        match error.kind() {
            kind @ ErrorKind::TooLarge => format!("{kind}: over {} bytes", self.max_body),
            _ => error.to_string(),
        }
    }

    /// What is accepted, in a few words.
    pub(crate) fn in_words(&self) -> String {
        let tokens = format!("tokens of {} for the client {}", self.keys, self.client_id);
        match (self.takes_tokens, self.takes_json) {
            (true, false) => tokens,
            (true, true) => format!("{tokens}, and plain JSON of anybody"),
            (false, _) => "plain JSON of anybody".to_owned(),
        }
    }
}

async fn fixed(place: &str) -> Result<KeySet, Failure> {
    let keys = KeySet::from_jwks(&source::key_set(place).await?).map_err(|error| failed_at(place, error))?;
    if keys.is_empty() {
        warn(&format!("{place} has no usable key: the command `keys` says why"));
    }
    Ok(keys)
}

async fn live(url: &str, issuers: &[String]) -> Result<RemoteKeys, Failure> {
    let keys = RemoteKeys::from_url(url, issuers).build().map_err(|error| failed_at(url, error))?;
    // Not the end: they are asked for again when a token needs them.
    if let Err(error) = keys.warm_up().await {
        warn(&format!("{url}: {error}"));
    }
    keys.keep_fresh().map_err(|error| failed_at(url, error))?;
    Ok(keys)
}

fn no_keys() -> Result<KeySet, Failure> {
    KeySet::from_jwks(br#"{"keys":[]}"#).map_err(crate::failure::failed)
}
