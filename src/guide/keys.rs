//! How do my keys stay up to date?
//!
//! Moneyhub publishes its keys at [`MONEYHUB_KEY_SET_URL`](crate::keys::MONEYHUB_KEY_SET_URL) and may rotate them at any
//! time. Each webhook is sent once, so rejecting a token only because its key is new loses the event.
//!
//! # Which type do I need?
//!
//! | type | who fetches the key set | parse with | use it for |
//! |---|---|---|---|
//! | [`KeySet`](crate::KeySet) | you, once | [`parse`](crate::Receiver::parse) | tests and tools |
//! | [`KeyCache`](crate::KeyCache) | you, when it asks | [`parse`](crate::Receiver::parse) | any HTTP client, async or blocking, without a runtime |
//! | [`RemoteKeys`], feature `remote-keys` | itself, over HTTPS | [`receive`](crate::Receiver::receive) | services on tokio |
//!
//! From a static key set to live keys:
//!
//! ```diff
//! -let keys = KeySet::from_jwks(&jwks)?;
//! +let keys = RemoteKeys::moneyhub().build()?;
//!  let receiver = Receiver::signed(keys, client_id);
//! -let webhook = receiver.parse(body)?;
//! +let webhook = receiver.receive(body).await?;
//! ```
//!
//! Call `keys.warm_up().await` at start-up to fetch before the first webhook. Call `keys.keep_fresh()` to refetch in
//! the background, so that no webhook waits. `keys.status()` is for health checks: it says how old the keys are, and why
//! the last fetch failed.
//!
//! [`RemoteKeys`] has recipes for web frameworks, lambdas and tests without a network.
//! [`KeyCache`](crate::KeyCache) has one for a blocking thread. `cargo run --example live_keys --features
//! remote-keys` shows a rotation, against a server that the example starts itself.
//!
//! # What happens to a token?
//!
//! With the default settings of [`RemoteKeys`]:
//!
//! ```text
//! Is the key set at most 10 minutes old?
//!     │ no, or there is none          └─ yes
//!     │                                   ▼
//!     │    Does it have the token's key, and does that key verify the signature?
//!     │        │ no                       └─ yes ──▶ check the claims, without waiting
//!     │        ▼
//!     │    Do the token's unverified issuer, audience and age fit the receiver?
//!     │        │ yes                      └─ no ──▶ UnknownKey or Signature, without waiting
//!     ▼        ▼
//! Did a fetch start in the last 30 seconds?
//!     │ no, or it is still running    └─ yes, and it has ended ──┐
//!     ▼                                                          │
//! Start a fetch, or join the running one.                        │
//! Wait 2 seconds at most.                                        │
//!     │                                                          │
//!     ▼                                                          ▼
//! Look the key up in the key set that is cached now:
//!     found                                     ──▶ verify the token
//!     the signature failed before, and the key
//!       is the same, or is not found            ──▶ Signature
//!     no key set, or older than 24 hours        ──▶ KeysUnavailable, for 1000 tokens
//!     not found, and the last fetch failed      ──▶ KeysUnavailable, for 1000 tokens
//!     not found, and it was fetched less than
//!       5 minutes after the token came          ──▶ KeysUnavailable, for ten tokens
//!     not found otherwise                       ──▶ UnknownKey
//! ```
//!
//! A [`KeyCache`](crate::KeyCache) follows the same rules for its keys, but waits for nothing and counts no tokens:
//! your code fetches, and limits what it stores.
//!
//! - A fetch that fails, or returns no usable key, leaves the cached keys in place.
//! - Keys verify only tokens of the issuer they were fetched for.
//! - Each fetch uses a new connection and asks caches on the way for a fresh copy, so that nothing an earlier fetch left
//!   behind keeps the keys away.
//!
//! # What do the settings mean?
//!
//! | setting | default | meaning |
//! |---|---|---|
//! | [`max_age`](crate::KeyCache::max_age) | 10 minutes | refetch a key set older than this; while key sets are refetched, a removed key verifies for at most this long |
//! | [`hard_limit`](crate::KeyCache::hard_limit) | 24 hours | while no newer ones are fetched, use the cached keys up to this age |
//! | [`cooldown`](crate::KeyCache::cooldown) | 30 seconds | the minimum time from one fetch to the next, whatever its result |
//! | `timeout` | 2 seconds | the maximum duration of a fetch, and of the wait for it; `RemoteKeys` only |
//! | `max_deferred` | 10 tokens | how many tokens with an unknown key to defer between two fetches; `RemoteKeys` only |
//! | `max_deferred_in_outage` | 1000 tokens | how many tokens to defer between two successful fetches because the keys can't be had; `RemoteKeys` only |
//!
//! # Why is there a cooldown?
//!
//! Anyone can send tokens with made-up key ids, or with a known key id and a made-up signature. Without a cooldown each
//! of them would cause a request to the issuer. With it they cause one fetch in 30 seconds, and genuine tokens with a
//! cached key never wait for that fetch.
//!
//! # Why are some tokens deferred?
//!
//! A token with an unknown key may be signed with a key that was published after the last fetch, and a key server may
//! answer with a copy from before: caches usually hold one for minutes. So the key set must have been fetched at least
//! 5 minutes after the token came. Until then `RemoteKeys` answers `KeysUnavailable` for ten such tokens after each
//! fetch (`max_deferred`), so that you store them and verify them later. Afterwards, with the same time of receipt, the
//! error is `UnknownKey`.
//!
//! While fetches fail, any token with an unknown key may be genuine. `RemoteKeys` answers `KeysUnavailable` for 1000 such
//! tokens until the next fetch succeeds (`max_deferred_in_outage`).
//!
//! For any more the answer is `UnknownKey`, but the error still [is transient](crate::Error::is_transient). Choose the
//! numbers as large as your store, or store whatever is transient, up to a limit of the store, as
//! `moneyhub-webhooks-inbox` does. A token that is parsed again counts once, and one that was stored for a cooldown no
//! more.
//!
//! Before a token is deferred, or its key id causes a fetch, its unverified issuer, audience and age must fit the receiver:
//! otherwise it would be rejected with any key. This keeps away tokens that are meant for others, and makes an attack more
//! expensive. It does not prevent one, since an attacker can write claims that fit. The cooldown and both limits hold
//! whatever the claims say.
//!
//! A token whose signature does not verify is never deferred.
//!
//! # Can two providers send to one address?
//!
//! Give each provider, such as production and staging, a path of its own, with a receiver and keys of its own. Don't try
//! one receiver after the other: every token of staging is then an unknown key at production, so it fetches, waits and
//! competes with a genuine new key for the deferrals, and you answer with the error of whichever receiver came last.
//! Never put the keys of two providers into one receiver: a key of staging would then verify a token that names
//! production as its issuer.
//!
//! # What do I do on `KeysUnavailable`?
//!
//! [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable) is your side's fault, not the sender's. Store the body with
//! its time of receipt, answer 202, and call [`receive_at`](crate::Receiver::receive_at)`(body, received_at)` after
//! each cooldown, until it says otherwise. If it is rejected then, discard it only if the error says that it
//! [may be](crate::Error::may_be_discarded). Keep any other for a person to look at: your settings may have changed
//! meanwhile.
//!
//! Limit the size of that store: anyone can add to it. With such a limit, store whatever
//! [is transient](crate::Error::is_transient): that is also what these numbers do not cover.
//!
//! ```
//! use moneyhub_webhooks::{Receiver, Webhook};
//!
//! /// Returns the HTTP status to answer with.
//! async fn answer(
//!     receiver: &Receiver,
//!     body: &[u8],
//!     handle: impl FnOnce(Webhook),
//!     store: impl FnOnce(&[u8]) -> bool, // with the time of receipt; `false` if the store is full
//! ) -> u16 {
//!     match receiver.receive(body).await {
//!         Ok(webhook) => {
//!             handle(webhook);
//!             202
//!         }
//!         Err(error) if error.is_transient() && store(body) => 202,
//!         Err(error) => error.http_status(),
//!     }
//! }
//! ```
//!
#![cfg_attr(feature = "remote-keys", doc = "[`RemoteKeys`]: crate::RemoteKeys")]
#![cfg_attr(not(feature = "remote-keys"), doc = "[`RemoteKeys`]: crate#features")]
