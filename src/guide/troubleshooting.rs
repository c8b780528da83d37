//! Why was a webhook rejected, and what do I do?
//!
//! [`Error::kind`](crate::Error::kind) names the first check that failed. The checks run in the order of this page, so all
//! checks above it have passed. The message of the error adds what was wrong. To see all checks on a stored body, run
//! `moneyhub-webhooks inspect`, the command line in the folder `cli` of the repository.
//!
//! # `TooLarge`
//!
//! The body is larger than [`Receiver::max_body`](crate::Receiver::max_body). Moneyhub's largest webhook, a token with
//! 6000 transactions, is 313 KB, and the default limit is 1 MiB. So the body is not from Moneyhub, or you have set a
//! lower limit. If a framework or a proxy rejects a body, you don't see this error: see [`limits`](super::limits).
//!
//! # `Body`
//!
//! The body is neither a complete JSON envelope nor a token. Usually something changed it on the way: it was parsed as
//! JSON and serialized again, truncated, or decompressed twice; it is still base64 (API Gateway sets
//! `isBase64Encoded`); or it is empty, as in a `GET` or a health check. Pass the bytes of the request unchanged.
//!
//! # `FormatRejected`
//!
//! A receiver of signed tokens got plain JSON, or the reverse. If Moneyhub sent it, its admin portal is set to the other
//! format: set it to signed tokens. If not, somebody is trying to get in without a signature.
//!
//! # `Header`
//!
//! The token asks for an extension that would change what its signature means, or its type is not that of a webhook. No
//! token of Moneyhub's is known to do so. If you have one that does, report it to this project.
//!
//! # `Algorithm`
//!
//! The token is not signed with RS256. `none` and `HS256` are well-known attacks. Moneyhub signs id tokens with other
//! algorithms, so check that the body is a webhook.
//!
//! # `KeyId`
//!
//! The token does not name the key that signed it. Moneyhub's tokens do.
//!
//! # `UnknownKey`
//!
//! The key set has no usable key with the token's key id.
//!
//! - With a static [`KeySet`](crate::KeySet): Moneyhub has probably rotated its keys since you fetched the key set. Use
//!   a [`KeyCache`](crate::KeyCache) or `RemoteKeys`.
//! - With live keys: the token is probably forged, or comes from another environment. If the error [is
//!   transient](crate::Error::is_transient), its key may be newer than the key set, and more such tokens came than
//!   `max_deferred` or `max_deferred_in_outage` of `RemoteKeysBuilder` allow. See [`keys`](super::keys).
//! - *The token is rejected whatever its key*: no key was fetched for it, because its unverified claims don't fit the
//!   receiver. The rest of the message says which, such as a wrong audience.
//!
//! [`KeySet::ignored`](crate::KeySet::ignored) lists the keys that the set contains but that can't be used, with reasons.
//!
//! # `KeysUnavailable`
//!
//! The fault is yours: there is no key set to verify with. Store the body with its time of receipt, answer 202, and
//! [verify it later](super::keys#what-do-i-do-on-keysunavailable). The message gives the reason:
//!
//! - The key set *may be older than* the token's key: the token names an unknown key, and the keys were fetched before
//!   it came, or less than 5 minutes after that. Verify it again after each cooldown.
//! - The reason of a failed fetch: usually outgoing requests are blocked or need a proxy, or the address is not that of a
//!   key set.
//! - *No key set was fetched yet*: with a `KeyCache`, or with `RemoteKeys` and only `parse`, which fetches nothing.
//!   Call `warm_up` or `keep_fresh` at start-up, or `receive`.
//!
//! # `Signature`
//!
//! The token was changed after it was signed, or it was signed with another key that has the same id. Usually one of your
//! own tests has edited a token, or something changed the body on the way.
//!
//! # `Claims`
//!
//! The signature is valid, but the token is not a webhook. It is an id token or a logout token of the same issuer for the
//! same client, posted to the wrong address; or a claim that every webhook has is missing or broken. If
//! [`Error::is_signed`](crate::Error::is_signed) is true, it is a security event token: keep it, and report it to this
//! project.
//!
//! # `Issuer`
//!
//! The signature is valid, but the token is from an issuer that the receiver or its keys don't accept. Moneyhub's
//! environments have different issuers and key sets. For another one than production, set both, with the values in its
//! `/.well-known/openid-configuration`: `RemoteKeys::from_url(jwks_uri, [issuer])`, and
//! [`Receiver::issuers`](crate::Receiver::issuers). Configure each receiver for one environment.
//!
//! # `Audience`
//!
//! The signature is valid, but the token is for another client. Use the id of the API client for which the webhook is set
//! up in the admin portal. If you have several clients, add each with
//! [`and_client_id`](crate::Receiver::and_client_id). An empty client id, such as from an environment variable that is
//! not set, matches nothing. If yours is empty or has white space at an end, the message says so, and likewise for
//! issuers.
//!
//! # `Expired`
//!
//! The signature is valid, but the token is older than [`Receiver::max_age`](crate::Receiver::max_age), 5 minutes by
//! default, or its `exp` has passed. Usually it has waited in a queue or a file: pass its time of receipt to
//! [`receive_at`](crate::Receiver::receive_at). Otherwise your clock is fast, or somebody is replaying an old token.
//!
//! # `NotYetValid`
//!
//! The signature is valid, but the token is from the future, by more than
//! [`Receiver::clock_skew`](crate::Receiver::clock_skew), 60 seconds by default. Your clock is slow.
//!
//! # No error, but not what I expected
//!
//! **[`Event::Unknown`](crate::Event::Unknown).** Moneyhub has a new event, or a new name for one: see
//! [`wire_name`](crate::UnknownEvent::wire_name). Match on its name, [`decode`](crate::Webhook::decode) the payload, and
//! look for a newer version of this crate. [`changes`](super::changes) has the whole story.
//!
//! **[`Event::Malformed`](crate::Event::Malformed).** A known event has changed its form.
//! [`path`](crate::MalformedEvent::path) and [`reason`](crate::MalformedEvent::reason) say where and what.
//! [`payload`](crate::MalformedEvent::payload) returns the text, and [`decode`](crate::MalformedEvent::decode) parses it
//! into a type of your own.
//!
//! **Nothing arrives.** Moneyhub sends once. It treats any answer other than 20x, or none within 5 seconds, as a failure,
//! and does not retry. Check that your endpoint can be reached from outside, that its certificate is valid, and that it
//! answers before it works.
//!
//! **A webhook arrives twice.** Moneyhub does not promise to send no duplicates: see [`duplicates`](super::duplicates).
//!
//! **The build fails** with a message that names `aws-lc` and `rust-crypto`: enable one of them, see
//! [`backends`](super::backends). If it fails in `aws-lc-sys`, install a C compiler.
