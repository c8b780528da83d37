//! The options that say what is accepted, and the receiver that they configure.

use std::fmt;
use std::time::Duration;

use clap::Args;
use moneyhub_webhooks::keys::{Keys, MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL};
use moneyhub_webhooks::testing::TestIssuer;
use moneyhub_webhooks::{Error, ErrorKind, KeySet, Receiver, RemoteKeys};

use crate::failure::{Failure, failed_at, usage};
use crate::output::warn;
use crate::source;

#[derive(Args)]
#[command(next_help_heading = "What is accepted")]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    keys: KeyArgs,

    /// The id of your API client: the audience that a token must have
    #[arg(long, value_name = "ID", value_parser = name)]
    client_id: Option<String>,

    /// Accept tokens of this issuer instead of Moneyhub's or the test issuer's; can be repeated
    #[arg(long = "issuer", value_name = "ISSUER", value_parser = name)]
    issuers: Vec<String>,

    /// Accept plain JSON, which anyone can send; with keys, accept tokens as well
    #[arg(long)]
    unsigned: bool,

    /// Reject tokens older than this
    #[arg(long, value_name = "SECONDS|none", default_value_t = MaxAge(Some(Receiver::DEFAULT_MAX_AGE)), value_parser = max_age)]
    max_age: MaxAge,

    /// How far the clock of the issuer may differ
    #[arg(long, value_name = "SECONDS", default_value_t = Receiver::DEFAULT_CLOCK_SKEW.as_secs())]
    clock_skew: u64,

    /// Reject larger bodies
    #[arg(long, value_name = "BYTES", default_value_t = Receiver::DEFAULT_MAX_BODY)]
    pub(crate) max_body: usize,
}

#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct KeyArgs {
    /// Verify tokens with this key set (JWKS)
    #[arg(long, value_name = "FILE|URL")]
    keys: Option<String>,

    /// Verify tokens with the key set that Moneyhub publishes
    #[arg(long)]
    moneyhub: bool,

    /// Verify tokens of the test issuer, which `send` signs with; its private key is public
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

/// Reads a client id or an issuer.
fn name(text: &str) -> Result<String, &'static str> {
    mistake(text).map_or_else(|| Ok(text.to_owned()), Err)
}

/// Returns why a client id or an issuer matches no token.
pub(crate) fn mistake(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty, so that no token would be accepted")
    } else if name.trim() != name {
        Some("it has white space at an end, so that no token would be accepted")
    } else {
        None
    }
}

fn max_age(text: &str) -> Result<MaxAge, String> {
    if text == "none" {
        return Ok(MaxAge(None));
    }
    let seconds = text
        .parse()
        .map_err(|_| "expected a whole number of seconds or `none`")?;
    Ok(MaxAge(Some(Duration::from_secs(seconds))))
}

/// How often a key set at a URL is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetching {
    /// Once, at the start.
    Once,
    /// Again when the keys may have changed, as a service does.
    Live,
}

/// What is accepted: the receiver, and its settings to show.
pub(crate) struct Policy {
    pub(crate) receiver: Receiver,
    /// False if neither keys nor `--unsigned` were given: bodies are shown, and none is accepted.
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
    /// Selects the test issuer unless other keys are given.
    pub(crate) fn or_test_issuer(&mut self) {
        let KeyArgs {
            keys,
            moneyhub,
            test_issuer,
        } = &mut self.keys;
        *test_issuer = keys.is_none() && !*moneyhub;
    }

    pub(crate) async fn policy(&self, fetching: Fetching) -> Result<Policy, Failure> {
        let KeyArgs {
            keys,
            moneyhub,
            test_issuer,
        } = &self.keys;
        let place = if *moneyhub {
            Some(MONEYHUB_KEY_SET_URL)
        } else {
            keys.as_deref()
        };
        let test_issuer = test_issuer.then(TestIssuer::new);

        let issuers = match &test_issuer {
            _ if !self.issuers.is_empty() => self.issuers.clone(),
            Some(test) => vec![test.issuer().to_owned()],
            None => MONEYHUB_ISSUERS
                .iter()
                .copied()
                .map(str::to_owned)
                .collect(),
        };
        let takes_tokens = place.is_some() || test_issuer.is_some();
        let client_id = match (&self.client_id, &test_issuer) {
            (Some(client_id), _) => client_id.clone(),
            (None, Some(test)) => test.client_id().to_owned(),
            (None, None) if takes_tokens => {
                return Err(usage(
                    "--client-id is required: a token is accepted only for its own client",
                ));
            }
            (None, None) => String::new(),
        };
        let keys: Option<Keys> = match (place, &test_issuer) {
            (Some(place), _) if fetching == Fetching::Live && source::is_url(place) => {
                Some(live(place, &issuers).await?.into())
            }
            (Some(place), _) => Some(fixed(place).await?.into()),
            (None, Some(test)) => {
                warn("tokens of the test issuer are accepted, and its private key is public");
                Some(test.key_set().into())
            }
            (None, None) => None,
        };
        let decides = takes_tokens || self.unsigned;
        let receiver = match keys {
            Some(keys) => Receiver::signed(keys, &client_id),
            None if decides => Receiver::unsigned_json(),
            // Makes every check that needs no keys.
            None => Receiver::signed(KeySet::default(), ""),
        };
        let receiver = if self.unsigned || !decides {
            receiver.and_unsigned_json()
        } else {
            receiver
        };
        let (MaxAge(max_age), clock_skew) = (self.max_age, Duration::from_secs(self.clock_skew));
        let receiver = receiver
            .issuers(&issuers)
            .max_age(max_age)
            .clock_skew(clock_skew)
            .max_body(self.max_body);
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
    /// The message of an error. The size of a body that is too large is not known, because the rest was not read.
    pub(crate) fn message(&self, error: &Error) -> String {
        match error.kind() {
            kind @ ErrorKind::TooLarge => format!("{kind}: over {} bytes", self.max_body),
            _ => error.to_string(),
        }
    }

    /// What is accepted, for people.
    pub(crate) fn in_words(&self) -> String {
        let tokens = format!("tokens of {} for client {}", self.keys, self.client_id);
        match (self.takes_tokens, self.takes_json) {
            (true, false) => tokens,
            (true, true) => format!("{tokens}, and plain JSON from anyone"),
            (false, _) => "plain JSON from anyone".to_owned(),
        }
    }
}

async fn fixed(place: &str) -> Result<KeySet, Failure> {
    let keys = source::key_set(place).await?;
    if keys.is_empty() {
        warn(&format!(
            "{place} has no usable key; run `moneyhub-webhooks keys` to see why"
        ));
    }
    Ok(keys)
}

async fn live(url: &str, issuers: &[String]) -> Result<RemoteKeys, Failure> {
    let keys = RemoteKeys::from_url(url, issuers)
        .build()
        .map_err(|error| failed_at(url, error))?;
    // Not fatal: the keys are fetched again when a token needs them.
    if let Err(error) = keys.warm_up().await {
        warn(&format!("{url}: {error}"));
    }
    keys.keep_fresh().map_err(|error| failed_at(url, error))?;
    Ok(keys)
}
