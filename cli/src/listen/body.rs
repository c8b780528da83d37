//! Reads bodies up to a limit. Small ones are always read; large ones share a budget, and one that takes long makes room.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::unfinished::Unfinished;

/// How long a body may take to arrive.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// A body that is too large is read up to this many times the limit, and dropped: many clients do not read the answer
/// before they have sent everything.
const DRAINED: usize = 8;

/// A body up to this length needs no room. Nearly all webhooks are shorter.
const SMALL: usize = 16 * 1024;

/// Room for all larger bodies, until they are recorded and shown.
const LARGE: u32 = 32 * 1024 * 1024;

/// A large body that has been arriving for so long makes room, if another needs it.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Bodies {
    room: Arc<Semaphore>,
    arriving: Unfinished,
}

/// A body with its room.
pub(super) struct Held {
    pub(super) bytes: Bytes,
    pub(super) room: Option<OwnedSemaphorePermit>,
}

impl Bodies {
    pub(super) fn new() -> Self {
        Self {
            room: Arc::new(Semaphore::new(LARGE as usize)),
            arriving: Unfinished::new(PATIENCE),
        }
    }

    /// Reads a body, cut one byte after `most`. The error is the status of the answer.
    pub(super) async fn read(&self, body: Body, most: usize) -> Result<Held, StatusCode> {
        let enough = most.saturating_add(1);
        let stated = body.size_hint().upper();
        let length = stated.map_or(enough, |length| usize::try_from(length).unwrap_or(enough));
        let length = length.min(enough);
        let room = match u32::try_from(length).unwrap_or(u32::MAX).min(LARGE) {
            _ if length <= SMALL => None,
            amount => {
                let room = self.arriving.make_room(&self.room, amount);
                room.await
            }
        };
        let leave = Arc::new(Notify::new());
        // Small ones hold nothing that another needs.
        let _turn = room
            .is_some()
            .then(|| self.arriving.enter(Arc::clone(&leave)));
        let bytes = tokio::select! {
            bytes = read(body, length, enough) => bytes.ok_or(StatusCode::BAD_REQUEST)?,
            () = tokio::time::sleep(TIME_LIMIT) => return Err(StatusCode::REQUEST_TIMEOUT),
            () = leave.notified() => return Err(StatusCode::SERVICE_UNAVAILABLE),
        };
        Ok(Held { bytes, room })
    }
}

/// The body in memory of its own, as long as it needs to be; `None` if the connection broke.
async fn read(body: Body, length: usize, enough: usize) -> Option<Bytes> {
    let mut whole = Vec::with_capacity(length);
    let mut chunks = body.into_data_stream();
    let mut read: usize = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        read = read.saturating_add(chunk.len());
        let room = enough.saturating_sub(whole.len()).min(chunk.len());
        whole.extend_from_slice(chunk.get(..room).unwrap_or_default());
        if read > enough.saturating_mul(DRAINED) {
            break;
        }
    }
    Some(whole.into_boxed_slice().into())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use axum::body::{Body, Bytes};
    use futures_util::stream::{self, StreamExt as _};
    use tokio::time::Instant;

    use super::{Bodies, LARGE, PATIENCE, SMALL, TIME_LIMIT};

    const MEBIBYTE: usize = 1 << 20;

    /// A body that begins, and never ends.
    fn stalled() -> Body {
        let begin = Bytes::from_static(b"x");
        let begin = stream::iter([Ok::<_, Infallible>(begin)]);
        Body::from_stream(begin.chain(stream::pending()))
    }

    /// The paused clock advances when every task is idle.
    #[tokio::test(start_paused = true)]
    async fn stalled_bodies_hold_up_no_other() {
        let bodies = Arc::new(Bodies::new());
        let begun = Instant::now();
        let stalled: Vec<_> = (0..LARGE as usize / MEBIBYTE)
            .map(|_| {
                let bodies = Arc::clone(&bodies);
                // Without a length, it counts as the limit.
                tokio::spawn(async move { bodies.read(stalled(), MEBIBYTE - 1).await.err() })
            })
            .collect();
        tokio::task::yield_now().await;
        let small = bodies.read(Body::from(vec![b'x'; SMALL]), MEBIBYTE).await;
        assert_eq!(small.map(|held| held.bytes.len()), Ok(SMALL));
        assert_eq!(begun.elapsed().as_millis(), 0);
        let large = Body::from(vec![b'x'; MEBIBYTE - 1]);
        let large = bodies.read(large, MEBIBYTE - 1).await;
        assert_eq!(large.map(|held| held.bytes.len()), Ok(MEBIBYTE - 1));
        assert!(begun.elapsed() <= PATIENCE * 2, "{:?}", begun.elapsed());
        let mut statuses = Vec::new();
        for body in stalled {
            statuses.push(body.await.ok().flatten().map(|status| status.as_u16()));
        }
        assert_eq!(statuses[0], Some(503), "the oldest made room");
        assert!(statuses[1..].iter().all(|status| *status == Some(408)));
        assert!(begun.elapsed() >= TIME_LIMIT);
    }

    #[tokio::test]
    async fn a_body_has_memory_of_its_own_and_is_cut_after_the_limit() {
        let bodies = Bodies::new();
        for (length, kept) in [(0, 0), (9, 9), (10, 10), (11, 11), (90, 11), (1000, 11)] {
            let chunks = (0..length).map(|_| Ok::<_, Infallible>(Bytes::from_static(b"x")));
            let body = Body::from_stream(stream::iter(chunks.collect::<Vec<_>>()));
            let held = bodies.read(body, 10).await;
            assert_eq!(held.map(|held| held.bytes.len()), Ok(kept), "{length}");
        }
    }
}
