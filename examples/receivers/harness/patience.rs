//! How long is waited for what is meant to happen.

use std::time::{Duration, Instant};

use tokio::time::sleep;

/// Longer than anything takes, on a busy machine too: only a test that fails waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long Moneyhub waits for an answer of a receiver. Where Redis or PostgreSQL does not answer, the receiver does within
/// a second, or never.
pub(crate) const SENDER: Duration = Duration::from_secs(5);

/// Asks again and again whether it has happened, and says so; `false` when patience is over.
pub(crate) async fn until(mut happened: impl AsyncFnMut() -> bool) -> bool {
    let began = Instant::now();
    while !happened().await {
        if began.elapsed() > PATIENCE {
            return false;
        }
        sleep(Duration::from_millis(10)).await;
    }
    true
}
