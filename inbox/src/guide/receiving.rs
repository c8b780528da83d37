//! How do requests reach the inbox, and what goes wrong on the way?
//!
//! # How do I pass a request on?
//!
//! | you have | use |
//! |---|---|
//! | axum | `Inbox::router`, or [`receive_request`](crate::Inbox::receive_request) in a handler of yours |
//! | a body that is not read yet, as in hyper, actix-web or `lambda_http` | [`receive_request`](crate::Inbox::receive_request): it limits the size and the time |
//! | a body that is read | [`receive`](crate::Inbox::receive), with the raw bytes and the headers |
//!
//! Answer with the [`status`](crate::Received::status) and an empty body. The folder `examples` of the package has a
//! service for axum, for actix-web and for a lambda, each with a test.
//!
//! # What is easy to get wrong?
//!
//! - **A body that was parsed before.** The signature is over the bytes as they were sent: pass those.
//! - **A limit of the framework.** A token with 6000 transactions has 313 KB, and the inbox accepts 1 MiB. axum's
//!   extractors stop at 2 MB, and those of actix-web at 256 KiB. `receive_request` needs no other limit.
//! - **A compressed body.** Let nothing decompress it: the inbox answers 415.
//! - **Answering before the end of the body.** Most senders read the answer after they have sent everything. If the
//!   connection is closed meanwhile, they see a broken pipe in place of the 413. `receive_request` reads an oversized
//!   body to its end, within 1.5 seconds.
//! - **A sender that hangs up.** Frameworks drop the handler then. The inbox goes on in a task of its own.
//! - **A keep-alive shorter than the sender's.** A webhook that is sent into a connection that is just being closed is
//!   lost. actix-web closes idle connections after 5 seconds: set 90.
//! - **Work before the answer.** Moneyhub waits 5 seconds. Workers are there for work.
//!
//! # How do I put a proxy in front?
//!
//! Run two services with one PostgreSQL behind it, and restart them one after the other: a request that meets the stopped
//! one goes to the other. If it reaches both, it is stored once.
//!
//! | | |
//! |---|---|
//! | bodies | accept 1 MiB, unchanged: no decompression, no rewriting |
//! | slow senders | let the proxy read the whole body first: it then takes none of the 1.5 seconds of the inbox |
//! | the answer | wait 5 seconds for it |
//! | connections to the service | keep them for less time than the service does: 60 and 90 seconds |
//! | a connection that breaks | try the other service, although it is a `POST`: a webhook that comes twice is a duplicate |
//! | TLS | ends at the proxy |
//!
//! For nginx that is, in the `http` block:
//!
//! ```nginx
#![doc = include_str!("nginx.conf")]
//! ```
//!
//! HAProxy does the same with `option http-buffer-request`, `retry-on conn-failure empty-response` and `option redispatch
//! 1`; it sends again only what fits into its first 16 KB. **Do not let Caddy 2.6 retry** (`lb_try_duration`): it has sent
//! the bodies of other requests. `fail_duration 2s` alone is sound.
//!
//! # How do I stop a service?
//!
//! Answer the requests that have begun, and then let the workers finish. systemd, Docker and Kubernetes send `SIGTERM`.
//! Unless the service waits for it, it ends in the middle of a request, and Moneyhub does not send that webhook again.
//!
//! ```
//! /// Waits for Ctrl-C, or for `SIGTERM` where there is such a signal.
//! async fn stopped() {
//!     #[cfg(unix)]
//!     {
//!         use tokio::signal::unix::{SignalKind, signal};
//!         if let Ok(mut terminate) = signal(SignalKind::terminate()) {
//!             tokio::select! {
//!                 _ = tokio::signal::ctrl_c() => {}
//!                 _ = terminate.recv() => {}
//!             }
//!             return;
//!         }
//!     }
//!     _ = tokio::signal::ctrl_c().await;
//! }
//! # let _ = stopped();
//! ```
//!
//! With axum, pass it to `with_graceful_shutdown`, and call [`Workers::stop`](crate::Workers::stop) after that. actix-web
//! waits for both signals itself. What a crash interrupts is safe once it is answered: a handler gets it again.
//!
//! # And on a lambda?
//!
//! - **Use PostgreSQL, and no spill folder.** The disk of a lambda goes with it.
//! - **Run the workers elsewhere.** A lambda is frozen once it has answered. They have the same receiver: they verify what
//!   was kept without its key.
//! - **Let the pool have two connections.** A lambda has one request at a time, and something runs beside it now and
//!   then. Each lambda keeps its connections: as many as run at once must fit into the database's `max_connections`.
//! - **Apply [`migrator`](crate::Inbox::migrator) when you deploy**, and not in the first cold starts.
//! - **Fetch the keys in the cold start**, and go on without them: webhooks are kept.
//! - **Decode the body if the event says `isBase64Encoded`**, as `lambda_http` does: the media type of a token is binary
//!   to a gateway.
//! - **Connections may have died** while it was frozen. After 30 seconds without a webhook the inbox asks the connection
//!   first, and opens another one within a quarter of a second.
//! - **Nothing can scrape it.** Watch the workers: the backlog is the same for every process.
//!
//! ```console
//! $ cargo add moneyhub-webhooks --features remote-keys
//! $ cargo add moneyhub-webhooks-inbox --no-default-features --features postgres
//! $ cargo add sqlx@0.9 --no-default-features --features postgres,runtime-tokio
//! $ cargo add lambda_http && cargo add tokio --features full
//! ```
//!
//! ```ignore
#![doc = include_str!("../../examples/lambda.rs")]
//! ```
