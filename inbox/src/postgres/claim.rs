//! Claims: the workers of a process make them together, and start where the last one has found something.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row as _};

use super::connection::{begin, commit};
use super::together::Together;
use super::{attempts, key};
use crate::retry::LONGEST;
use crate::store::{Claim, Result};

/// From one look at the whole queue to the next, while claims start at the low-water mark.
const FULL_LOOK: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Claims {
    together: Together<Wanted, Vec<Claim>>,
    low_water: Mutex<LowWater>,
}

/// A claim that a worker asks for.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    limit: u32,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// When the oldest webhook was due that the last claim has found. Rows before it were deleted; their index entries remain
/// until the next vacuum, and a claim would pass over all of them again and again.
#[derive(Debug, Default)]
struct LowWater {
    marks: Marks,
    full_look: Option<Instant>,
}

/// That of webhooks that Moneyhub has signed, and that of others.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Marks {
    signed: DateTime<Utc>,
    unsigned: DateTime<Utc>,
}

impl Claims {
    pub(super) async fn claim(
        &self,
        pool: &PgPool,
        limit: u32,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Claim>> {
        let wanted = Wanted { limit, now, until };
        let ask = |wanted| self.claim_for_all(pool, wanted);
        self.together.ask(wanted, ask).await
    }

    /// Claims as much as all of them want, for the longest of their leases, and gives to each what it wants as long as
    /// there is something.
    async fn claim_for_all(&self, pool: &PgPool, wanted: Vec<Wanted>) -> Result<Vec<Vec<Claim>>> {
        let limit = wanted.iter().map(|wanted| i64::from(wanted.limit)).sum();
        let now = wanted.iter().map(|wanted| wanted.now).max();
        let until = wanted.iter().map(|wanted| wanted.until).max();
        let (now, until) = (now.unwrap_or_default(), until.unwrap_or_default());
        let start = self.start();
        let mut claims = self.claim_from(pool, start, limit, now, until).await?;
        if claims.is_empty() && start != Marks::default() {
            let start = Marks::default();
            claims = self.claim_from(pool, start, limit, now, until).await?;
        }
        let mut claims = claims.into_iter();
        let share = |wanted: &Wanted| claims.by_ref().take(wanted.limit as usize).collect();
        Ok(wanted.iter().map(share).collect())
    }

    async fn claim_from(
        &self,
        pool: &PgPool,
        start: Marks,
        limit: i64,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Claim>> {
        let mut pooled = begin(pool, include_str!("../../sql/postgres/begin_claim.sql")).await?;
        let rows = sqlx::query(include_str!("../../sql/postgres/claim.sql"))
            .bind(now)
            .bind(limit)
            .bind(until)
            .bind(LONGEST as f64)
            .bind(start.signed)
            .bind(start.unsigned)
            .fetch_all(pooled.connection()?)
            .await?;
        commit(pooled).await?;
        let mut marks = start;
        if let Some(row) = rows.first() {
            let oldest = |column| row.try_get::<Option<DateTime<Utc>>, _>(column);
            marks.signed = oldest("oldest_signed")?.unwrap_or(start.signed);
            marks.unsigned = oldest("oldest_unsigned")?.unwrap_or(start.unsigned);
        }
        self.low_water().marks = marks;
        let claim = |row: &PgRow| {
            Ok(Claim {
                key: key(row)?,
                attempts: attempts(row)?,
                webhook: row.try_get("webhook")?,
                give_up_at: row.try_get("give_up_at")?,
            })
        };
        rows.iter().map(claim).collect()
    }

    /// From when on to look for webhooks that are due.
    fn start(&self) -> Marks {
        let mut low_water = self.low_water();
        let last = low_water.full_look;
        if last.is_none_or(|last| last.elapsed() >= FULL_LOOK) {
            low_water.full_look = Some(Instant::now());
            return Marks::default();
        }
        low_water.marks
    }

    fn low_water(&self) -> MutexGuard<'_, LowWater> {
        let low_water = self.low_water.lock();
        low_water.unwrap_or_else(PoisonError::into_inner)
    }
}
