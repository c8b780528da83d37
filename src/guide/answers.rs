//! Which status do I answer with, and when?
//!
//! Moneyhub treats any 20x as received, waits 5 seconds, and sends each webhook **once**, whatever you answer. A status
//! can't request a retry. So parse, store, answer, and work afterwards: what you want to keep must be stored before you
//! answer.
//!
//! | outcome | status | why |
//! |---|---|---|
//! | `Ok`, fresh | 202 | accepted: the webhook is stored, and handled afterwards |
//! | `Ok`, unknown or malformed event | 202 | it comes from Moneyhub too, and its text is stored |
//! | `Ok`, duplicate | 202 | don't handle it again; its sender has done nothing wrong |
//! | `Ok`, but the store of duplicates failed | 202 | handle it anyway: twice is better than never |
//! | `Ok`, but it can't be stored | 503 | the webhook is lost, and only the sender's log shows it; [remove](crate::MemoryReplayGuard::remove) its key from the guard |
//! | `KeysUnavailable`, stored with its time of receipt | 202 | the fault is yours: [verify it later](super::keys#what-do-i-do-on-keysunavailable) |
//! | `UnknownKey`, but [transient](crate::Error::is_transient), stored | 202 | as many tokens as allowed are deferred already, but the store has room |
//! | `KeysUnavailable` | 503 | it can't be stored, or the store is full: the webhook is lost |
//! | `TooLarge` | 413 | nothing was parsed |
//! | `Content-Encoding` other than `identity` | 415 | compressed bytes are not what was signed; a 400 would look like a broken body |
//! | the body does not arrive in time | 408 | it must be complete well within the 5 seconds |
//! | `Body`, `Header`, `Claims` | 400 | it does not have the form of Moneyhub's webhooks |
//! | `FormatRejected`, `Algorithm`, `KeyId`, `UnknownKey`, `Signature` | 401 | the sender is not authenticated |
//! | `Issuer` | 401 | it comes from another issuer |
//! | `Audience` | 401 | it is for another client |
//! | `Expired` | 401 | it may be a replay |
//! | `NotYetValid` | 401 | it claims to come from the future |
//!
//! [`ErrorKind::http_status`](crate::ErrorKind::http_status) returns the status of an error. A response body with an
//! error code of RFC 8935, section 2.4, is optional: see [`rfc8935_code`](crate::ErrorKind::rfc8935_code). Moneyhub is
//! not known to read it.
//!
//! If a rejected body [is signed](crate::Error::is_signed), keep it, whatever you answer: see [`late`](super::late).
//!
//! An empty body is enough. Don't send the message of an error: it is for your log.
//!
//! The crate [`moneyhub-webhooks-inbox`](https://docs.rs/moneyhub-webhooks-inbox), in the folder `inbox` of the
//! repository, answers like this, with two exceptions. `Expired`: it accepts a late token that its store would
//! recognize if it came again. And whatever is transient, but can't be stored, is 503.
