//! Handles webhooks of the table `webhook`, each in the transaction of its effect.

use std::error::Error;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::Webhook;
use tokio::time::timeout;

use super::{Handled, Handler, Shared};
use crate::postgres::Result;
use crate::postgres::database::close;
use crate::postgres::statements::{sql, text};
use crate::verdict::{self, Verdict};

/// A webhook that this worker may handle, unless it is too slow and another has taken it meanwhile.
struct Claim {
    key: Vec<u8>,
    /// This one included.
    attempts: i32,
    body: Vec<u8>,
    received_at: DateTime<Utc>,
    /// Why the attempt before it failed.
    reason: Option<String>,
}

impl<H: Handler> Shared<H> {
    /// Whether there was one.
    pub(super) async fn handle_one(self: &Arc<Self>) -> Result<bool> {
        let Some(claim) = self.claim().await? else {
            return Ok(false);
        };
        let webhook = match self
            .receiver
            .receive_at(&claim.body, claim.received_at)
            .await
        {
            Ok(webhook) => webhook,
            Err(error) => {
                let waited = (self.clock)() - claim.received_at;
                let reason = text(&error.to_string());
                match verdict::of(error.kind(), true, waited, self.settings.patience) {
                    Verdict::Wait => self.wait(&claim, &reason).await?,
                    Verdict::Refuse | Verdict::Bury => self.fail(&claim, &reason, 0).await?,
                }
                return Ok(true);
            }
        };
        let limit = i32::try_from(self.settings.attempts).unwrap_or(i32::MAX);
        if claim.attempts > limit {
            // The last attempt crashed the worker, or the reason of its failure could not be noted.
            let last = claim
                .reason
                .as_deref()
                .unwrap_or("the worker did not come back from it");
            self.fail(
                &claim,
                &format!("given to handlers {limit} times: {last}"),
                0,
            )
            .await?;
            return Ok(true);
        }
        let shown = format!("{webhook:?}");
        let (key, attempts) = (claim.key.clone(), claim.attempts);
        // A task of its own: a panic of the handler ends that and not the worker.
        let attempt = tokio::spawn(Arc::clone(self).attempt(key, attempts, webhook));
        let failure = match attempt.await {
            Ok(Ok(())) => return Ok(true),
            Ok(Err(error)) => describe(&*error),
            Err(panic) => panic.to_string(),
        };
        eprintln!("{shown} failed, attempt {attempts}: {failure}");
        let reason = match claim.attempts < limit {
            true => failure,
            false => format!("given to handlers {limit} times: {failure}"),
        };
        self.fail(&claim, &text(&reason), limit).await?;
        Ok(true)
    }

    async fn claim(&self) -> Result<Option<Claim>> {
        let connection = self.database.connection().await?;
        let [first, longest] =
            [self.settings.backoff, self.settings.longest_backoff].map(|pause| pause.as_secs_f64());
        let claimed = async {
            let claim = connection.prepare_cached(sql::CLAIM).await?;
            connection.query_opt(&claim, &[&first, &longest]).await
        };
        let row = match claimed.await {
            Ok(row) => row,
            Err(error) => {
                close(connection);
                return Err(error.into());
            }
        };
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Claim {
            key: row.try_get("replay_key")?,
            attempts: row.try_get("attempts")?,
            body: row.try_get("body")?,
            received_at: row.try_get("received_at")?,
            reason: row.try_get("reason")?,
        }))
    }

    /// The handler's effect and the end of the webhook, both or neither.
    async fn attempt(self: Arc<Self>, key: Vec<u8>, attempts: i32, webhook: Webhook) -> Handled {
        let mut connection = self.database.connection().await?;
        let done = async {
            let mut transaction = connection.transaction().await?;
            let lock = transaction.prepare_cached(sql::LOCK).await?;
            if transaction
                .query_opt(&lock, &[&key, &attempts])
                .await?
                .is_none()
            {
                return Ok(()); // another worker was faster
            }
            let handling = self.handler.handle(&webhook, &mut transaction);
            timeout(self.settings.handler_limit, handling)
                .await
                .map_err(|_| "it takes too long")??;
            // After the handler: if a statement of it has failed and it says all is well, this one fails too. `COMMIT`
            // would roll back, and say nothing.
            let done = transaction.prepare_cached(sql::DONE).await?;
            transaction.execute(&done, &[&key]).await?;
            Ok(transaction.commit().await?)
        };
        let done: Handled = done.await;
        if done.is_err() {
            close(connection); // which ends the transaction
        }
        done
    }

    async fn fail(&self, claim: &Claim, reason: &str, limit: i32) -> Result<()> {
        self.database
            .ask(sql::FAIL, &[&claim.key, &claim.attempts, &reason, &limit])
            .await
            .map(drop)
    }

    async fn wait(&self, claim: &Claim, reason: &str) -> Result<()> {
        let pause = self.settings.judge_every.as_secs_f64();
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&claim.key, &claim.attempts, &pause, &reason];
        self.database
            .ask(sql::WAIT_FOR_KEY, &parameters)
            .await
            .map(drop)
    }
}

/// Of an error of the database its message alone: the detail that comes with it may quote a row.
fn describe(error: &(dyn Error + Send + Sync + 'static)) -> String {
    match error
        .downcast_ref::<tokio_postgres::Error>()
        .and_then(tokio_postgres::Error::as_db_error)
    {
        Some(error) => format!("{}: {}", error.code().code(), error.message()),
        None => error.to_string(),
    }
}
