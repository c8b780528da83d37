//! Signed tokens or plain JSON?
//!
//! **Use signed tokens.** Moneyhub sends plain JSON until you switch to signed tokens in its admin portal. Plain JSON has
//! no signature and no time: anyone who knows the address of your endpoint can post any event to it.
//!
//! | receiver | accepts | an accepted webhook is |
//! |---|---|---|
//! | [`Receiver::signed`] | tokens; it rejects plain JSON | from Moneyhub, for your client, and recent |
//! | [`Receiver::unsigned_json`] | plain JSON; it rejects tokens | well-formed; its sender is unknown |
//! | [`Receiver::signed`] with [`and_unsigned_json`] | both | one or the other: check [`Webhook::authenticity`] |
//!
//! Moneyhub's payment widgets pass the token in a field `token`, of a JSON object or a form. Both are read as the token
//! that they contain.
//!
//! The receiver decides which format it accepts. The body only shows which one it is. If the body decided, an attacker
//! would leave the signature out.
//!
//! # How do I switch without losing events?
//!
//! 1. Deploy `Receiver::signed(..).and_unsigned_json()`.
//! 2. Switch to signed tokens in the admin portal.
//! 3. When no more plain JSON arrives, remove `and_unsigned_json`.
//!
//! Until step 3 anyone can still post plain JSON, so check where each event came from:
//!
//! ```
//! use moneyhub_webhooks::{Authenticity, Event, Webhook};
//!
//! fn handle(webhook: &Webhook, act: impl Fn(&Event), fetch_and_act: impl Fn(&Event)) {
//!     match webhook.authenticity() {
//!         Authenticity::Signed { .. } => act(webhook.event()),
//!         Authenticity::Unsigned => fetch_and_act(webhook.event()),
//!     }
//! }
//! ```
//!
//! # What if I can't use signed tokens?
//!
//! Treat each event as a hint. Fetch the current state from Moneyhub's API, with your own credentials, and act on that.
//!
//! [`Receiver::signed`]: crate::Receiver::signed
//! [`Receiver::unsigned_json`]: crate::Receiver::unsigned_json
//! [`and_unsigned_json`]: crate::Receiver::and_unsigned_json
//! [`Webhook::authenticity`]: crate::Webhook::authenticity
