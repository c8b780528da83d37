//! What to answer, in one place.
//!
//! Moneyhub takes any 20x as received, waits 5 seconds, and sends each webhook **once**, whatever the answer is. So a
//! status is no way to have something sent again: what is to be kept has to be kept before it is answered. Only what is
//! refused may go, and that was not Moneyhub's, or not acceptable.
//!
//! | outcome | status | why |
//! |---|---|---|
//! | `Ok`, not seen before | 202 | accepted: it is in safe hands, and handled afterwards |
//! | `Ok`, unknown or malformed | 202 | the same: it is Moneyhub's, and its text is kept |
//! | `Ok`, a duplicate | 202 | the same, and it is not handled again: the sender has done nothing wrong |
//! | `Ok`, and whether it is a duplicate can't be said | 202 | handled all the same: twice is better than never |
//! | `Ok`, and it can't be put into safe hands | 503 | it is lost, and nothing but the sender's log says so; [release](crate::ReplayGuard::release) it, if a guard has admitted it |
//! | `KeysUnavailable`, kept with its time of receipt | 202 | our own fault: [judged later](crate::Receiver::parse_at) |
//! | `KeysUnavailable` | 503 | it can't be kept, or there are too many: it is lost |
//! | `TooLarge` | 413 | nothing was read of it |
//! | it has a `Content-Encoding` other than `identity` | 415 | gzip is not the text that was signed; a 400 would look like a broken body |
//! | the body does not come in time | 408 | it has to be whole well within the 5 seconds |
//! | `Body` | 400 | its form is not that of a webhook |
//! | `Header` | 400 | its form is not that of a webhook |
//! | `Claims` | 400 | its form is not that of a webhook |
//! | `FormatRefused` | 401 | its sender is not known |
//! | `Algorithm` | 401 | its sender is not known |
//! | `KeyId` | 401 | its sender is not known |
//! | `UnknownKey` | 401 | its sender is not known |
//! | `Signature` | 401 | its sender is not known |
//! | `Issuer` | 401 | its sender is another |
//! | `Audience` | 401 | it is for another |
//! | `Expired` | 401 | it may have been recorded and sent again |
//! | `NotYetValid` | 401 | it says that it is from the future |
//!
//! The statuses of errors are [`ErrorKind::http_status`](crate::ErrorKind::http_status). A body with a code of RFC 8935,
//! section 2.4, is optional, and Moneyhub is not known to read it: [`rfc8935_code`](crate::ErrorKind::rfc8935_code).
//!
//! Answer nothing more than that: an error's message is for your log, and tells an attacker which check has failed.
//!
//! Whole receivers that answer so, for axum, actix-web, a lambda and a queue with workers, are in the repository, in
//! `examples/receivers`.
