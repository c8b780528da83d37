//! Judges bodies of the table `unjudged`, as of their receipt.

use chrono::{DateTime, Utc};

use super::{Handler, Shared};
use crate::postgres::Result;
use crate::postgres::database::close;
use crate::postgres::statements::{Labels, sql, text};
use crate::verdict::{self, Verdict};

impl<H: Handler> Shared<H> {
    /// Whether there was one. It is locked while it is judged: a worker that crashes leaves it as it was.
    pub(super) async fn judge_one(&self) -> Result<bool> {
        let mut connection = self.database.connection().await?;
        let judged = self.judge(&mut connection).await;
        if judged.is_err() {
            close(connection);
        }
        judged
    }

    async fn judge(&self, connection: &mut deadpool_postgres::Object) -> Result<bool> {
        let transaction = connection.transaction().await?;
        let next = transaction
            .query_opt(&transaction.prepare_cached(sql::UNJUDGED).await?, &[])
            .await?;
        let Some(row) = next else { return Ok(false) };
        let (id, body): (i64, &[u8]) = (row.try_get("id")?, row.try_get("body")?);
        let received_at: DateTime<Utc> = row.try_get("received_at")?;
        let accepted = row.try_get("accepted")?;
        let waited = (self.clock)() - received_at;
        match self.receiver.receive_at(body, received_at).await {
            // It may have been handled, and forgotten.
            Ok(_) if waited > self.settings.remember => {
                transaction
                    .execute(sql::BURY_UNJUDGED, &[&id, &"older than what is remembered"])
                    .await?;
            }
            Ok(webhook) => {
                let accept = transaction.prepare_cached(sql::ACCEPT).await?;
                transaction
                    .execute(
                        &accept,
                        &Labels::of(&webhook).parameters(&body, &received_at),
                    )
                    .await?;
                transaction.execute(sql::JUDGED, &[&id]).await?;
            }
            Err(error) => {
                eprintln!("unjudged body {id}: {error}");
                let reason = text(&error.to_string());
                match verdict::of(error.kind(), accepted, waited, self.settings.patience) {
                    Verdict::Wait => {
                        let pause = self.settings.judge_every.as_secs_f64();
                        transaction
                            .execute(sql::WAIT_FOR_JUDGEMENT, &[&id, &pause, &reason])
                            .await?
                    }
                    Verdict::Refuse => transaction.execute(sql::JUDGED, &[&id]).await?,
                    Verdict::Bury => {
                        transaction
                            .execute(sql::BURY_UNJUDGED, &[&id, &reason])
                            .await?
                    }
                };
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}
