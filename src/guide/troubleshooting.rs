//! A webhook was refused, or is not what was expected.
//!
//! [`Error::kind`](crate::Error::kind) says which check failed; all before it in this list have passed. The error's
//! message adds what was wrong, and the command line, in the folder `cli` of the repository, shows it on a body that
//! you have kept: `moneyhub-webhooks inspect`.
//!
//! # `TooLarge`
//!
//! The body is larger than [`Receiver::max_body`](crate::Receiver::max_body). Moneyhub's largest, a token of 6000
//! transactions, has 313 KB, the default is 1 MiB: it was not Moneyhub's, or you have set a smaller limit. (A
//! framework's own limit gives its own answer, and this error never comes: see *Body limits* in the README.)
//!
//! # `Body`
//!
//! Neither a whole JSON envelope nor a token. Usually the body was changed on its way: read as JSON and written again,
//! cut off, decompressed twice, still base64 (API Gateway sets `isBase64Encoded`), or it is empty, as that of a `GET` or
//! a health check is. Pass on the bytes of the request as they came.
//!
//! # `FormatRefused`
//!
//! Plain JSON came to a receiver of signed tokens, or the reverse. If it comes from Moneyhub, the format that its admin
//! portal is set to is the other one: set it to signed tokens. If not, somebody tries to get in without a signature.
//!
//! # `Header`
//!
//! The token demands something that would change what its signature means, or is of another type than a webhook. No
//! token of Moneyhub's is known to. If you hold one that does, report it to this project.
//!
//! # `Algorithm`
//!
//! The token is not signed by RS256. `none` and `HS256` are well-known attacks. Moneyhub signs id tokens by other
//! algorithms: see that it is a webhook.
//!
//! # `KeyId`
//!
//! The token does not say which key signed it. Moneyhub's do.
//!
//! # `UnknownKey`
//!
//! The key set has no usable key of that id. With a static [`KeySet`](crate::KeySet): Moneyhub has changed its keys since
//! you fetched it; use a [`KeyCache`](crate::KeyCache) or `RemoteKeys`. With these: it is a stranger's token, or one of
//! another environment. With a [`KeyCache`](crate::KeyCache) it may also have come within the cooldown after the last
//! fetch, and with `RemoteKeys` after more such tokens than `RemoteKeysBuilder::max_deferred`.
//! [`KeySet::ignored`](crate::KeySet::ignored) lists keys that are there and can't be used, with the reasons.
//!
//! # `KeysUnavailable`
//!
//! Our own fault: there is no key set to judge by. Keep the body with the time of its receipt, answer 202, and judge it
//! later with [`parse_at`](crate::Receiver::parse_at). The message says why. If it says that the key set may not be fetched again yet, the
//! token names an unknown key so soon after a fetch that the key may be newer: judge it again after the cooldown. If it
//! says why the last fetch failed, outgoing
//! requests are usually blocked, or have to take a proxy; or the address is not that of a key set. With a `KeyCache`: nothing
//! has been fetched yet.
//!
//! # `Signature`
//!
//! The token was changed after it was signed, or signed by another key that bears the same id. Usually one of your own
//! tests has edited a token; or the body was changed on its way.
//!
//! # `Claims`
//!
//! The token is genuine, but no webhook: an id token or a logout token of the same issuer for the same client, posted to
//! the wrong address; or it does not have exactly one event. If you hold a webhook that is refused so, report it to this
//! project.
//!
//! # `Issuer`
//!
//! The token is genuine, but of another issuer than those of the receiver, or than that of its keys. Moneyhub's
//! environments have different issuers: give a receiver those of one, by [`Receiver::issuers`](crate::Receiver::issuers).
//!
//! # `Audience`
//!
//! The token is genuine, but for another client. The client id is that of the API client for which the webhook is
//! set up in the admin portal: each client of yours needs a receiver of its own. An empty one, say of a variable that is
//! not set, matches nothing.
//!
//! # `Expired`
//!
//! The token is genuine and older than [`Receiver::max_age`](crate::Receiver::max_age), 5 minutes by default. Usually it
//! has waited in a queue or a file: judge it as of the time of its receipt, by
//! [`parse_at`](crate::Receiver::parse_at). Or your clock is fast. Or somebody sends an old one again.
//!
//! # `NotYetValid`
//!
//! The token is genuine and comes from the future, by more than
//! [`Receiver::clock_skew`](crate::Receiver::clock_skew), 60 seconds by default. Your clock is slow.
//!
//! # No error, but not what was expected
//!
//! **[`Event::Unknown`](crate::Event::Unknown).** Moneyhub has a new event, or another word for one: see
//! [`wire_name`](crate::UnknownEvent::wire_name). Take it by its name and [`decode`](crate::Event::decode) its payload,
//! and look for a newer version of the crate.
//!
//! **[`Event::Malformed`](crate::Event::Malformed).** A known event has another form:
//! [`path`](crate::MalformedEvent::path) and [`reason`](crate::MalformedEvent::reason) say where and what,
//! [`payload`](crate::MalformedEvent::payload) is its text, and [`decode`](crate::MalformedEvent::decode) reads it into a
//! type of your own.
//!
//! **Nothing comes.** Moneyhub sends once, and takes any answer but 20x, and none within 5 seconds, as a failure that it
//! does not make good. See that your endpoint can be reached from outside, that its certificate is valid, and that it
//! answers before it works.
//!
//! **The same comes twice.** Deliveries are not promised to be without duplicates: drop them by
//! [`Webhook::id`](crate::Webhook::id).
//!
//! **The build fails**, and names `aws-lc` and `rust-crypto`: enable one of them, see [`backends`](super::backends). In
//! `aws-lc-sys`: it needs a C compiler.
