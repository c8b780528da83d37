//! From the body of a request to its outcome: verify, decide what to keep, store.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Request};
use moneyhub_webhooks::{Error, ErrorKind, Webhook};
use tokio::time::timeout;

use crate::body;
use crate::commit::{Outcome, SPILL_LIMIT};
use crate::entry::{Body, Entry, Kind, NO_KEYS};
use crate::inbox::Inbox;
use crate::observe::{self, Kept};
use crate::received::Received;
use crate::store::Store;

/// How long keys are waited for. A fetch that takes longer goes on, and the body is kept until its keys are there.
const KEYS_LIMIT: Duration = Duration::from_secs(1);

impl<S: Store> Inbox<S> {
    /// Verifies and stores the **raw** body of a request. When it returns, answer with
    /// [`status`](Received::status): what is to be kept is on disk by then.
    ///
    /// By default it takes at most 2 seconds, whatever the store and the handlers do, and at most 1 more to wait for keys:
    /// [`store_timeout`](crate::InboxBuilder::store_timeout) sets one of the 2. It goes on if the future is dropped, as
    /// frameworks do when a sender hangs up.
    ///
    /// `headers` are those of the request: a compressed body is rejected. Use [`receive_request`](Self::receive_request)
    /// if the body is still to be read.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn receive(inbox: moneyhub_webhooks_inbox::Inbox<impl moneyhub_webhooks_inbox::Store>) {
    /// use moneyhub_webhooks_inbox::Received;
    ///
    /// let outcome = inbox.receive(&http::HeaderMap::new(), "not a webhook").await;
    /// assert!(matches!(outcome, Received::Rejected(_)));
    /// assert_eq!(outcome.status(), 400);
    /// # }
    /// ```
    pub async fn receive(&self, headers: &HeaderMap, body: impl Into<Bytes>) -> Received {
        if body::is_encoded(headers) {
            observe::received(&Received::Encoded);
            return Received::Encoded;
        }
        let (inbox, body) = (self.clone(), body.into());
        let task = tokio::spawn(async move {
            let outcome = inbox.verify_and_store(&body).await;
            observe::received(&outcome);
            outcome
        });
        task.await.unwrap_or(Received::Unavailable)
    }

    /// Reads the body of a request, within limits on its size and its time, and [receives](Self::receive) it.
    pub async fn receive_request<B>(&self, request: Request<B>) -> Received
    where
        B: http_body::Body,
    {
        let (head, body) = request.into_parts();
        match body::read(body, self.core.receiver.body_limit()).await {
            Ok(body) => self.receive(&head.headers, body).await,
            Err(outcome) => {
                observe::received(&outcome);
                outcome
            }
        }
    }

    async fn verify_and_store(&self, body: &[u8]) -> Received {
        let received_at = self.core.now();
        let verified = self.core.verify_body(body, received_at, KEYS_LIMIT).await;
        match verified {
            Ok((webhook, late_since)) => self.accept(webhook, received_at, late_since).await,
            // Also what exceeds the number that the keys defer: the store has a quota of its own.
            Err(error) if error.is_transient() => {
                self.keep_unverified(&error, body, received_at).await
            }
            Err(error) if error.kind() == ErrorKind::TooLarge => Received::TooLarge,
            Err(error) => self.reject(error, body, received_at).await,
        }
    }

    /// `late_since`: as in [`Late::since`](crate::late::Late::since).
    async fn accept(
        &self,
        webhook: Webhook,
        received_at: DateTime<Utc>,
        late_since: Option<DateTime<Utc>>,
    ) -> Received {
        let shown = format!("{webhook:?}");
        let kind = Kept::webhook(webhook.authenticity().is_signed());
        if late_since.is_some() {
            observe::late(&shown);
        }
        let receiver = &self.core.receiver;
        let outcome = match Entry::accepted(receiver, webhook, received_at, late_since) {
            Ok(entry) => self.store(entry).await,
            Err(_) => Outcome::NotStored,
        };
        match outcome {
            Outcome::OnDisk => Received::Stored,
            Outcome::Duplicate => {
                observe::duplicate(&shown);
                Received::Duplicate
            }
            Outcome::NotStored => {
                observe::not_kept(kind, &shown);
                Received::Unavailable
            }
        }
    }

    /// Keeps a body that can't be verified. It is a token whose issuer, audience and age may fit the receiver: any
    /// other is rejected, whatever its key.
    async fn keep_unverified(
        &self,
        error: &Error,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> Received {
        let entry = kept(Kind::Unverified, body, received_at, NO_KEYS);
        match self.store(entry).await {
            Outcome::OnDisk | Outcome::Duplicate => {
                observe::kept(error);
                Received::Unverified
            }
            Outcome::NotStored => {
                observe::not_kept(Kept::Unverified, &NO_KEYS);
                Received::Unavailable
            }
        }
    }

    /// Keeps a rejected body if the issuer has signed it: the fault may be that of the receiver's settings.
    async fn reject(&self, error: Error, body: &[u8], received_at: DateTime<Utc>) -> Received {
        if error.is_signed() {
            let entry = kept(Kind::Rejected, body, received_at, &error.to_string());
            if self.store(entry).await == Outcome::NotStored {
                observe::not_kept(Kept::Rejected, &error);
            }
        }
        Received::Rejected(error)
    }

    async fn store(&self, entry: Entry) -> Outcome {
        let queue = if entry.is_trusted() {
            &self.trusted
        } else {
            &self.others
        };
        let limit = self.core.store_timeout.saturating_add(SPILL_LIMIT);
        timeout(limit, queue.store(entry))
            .await
            .unwrap_or(Outcome::NotStored)
    }
}

fn kept(kind: Kind, body: &[u8], received_at: DateTime<Utc>, reason: &str) -> Entry {
    Entry::Body(Body {
        kind,
        // Only a token gets here, and a token is text.
        body: String::from_utf8_lossy(body).into_owned(),
        received_at,
        reason: reason.to_owned(),
    })
}
