//! The stream of rows: first those in the log, then each as it arrives. Every piece is made when the client has read the
//! one before it, so that a page costs little, however slowly it reads.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONNECTION;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::super::connection::Connection;
use super::super::counts::Counts;
use super::super::guard;
use super::row::Row;
use super::{HEADERS, Listen};
use crate::document::line;

/// A page gets new deliveries at most this often, and then at most `AT_A_TIME` of them.
const INTERVAL: Duration = Duration::from_millis(250);
const AT_A_TIME: u64 = 100;

/// The bytes of the rows in a piece.
const PIECE: usize = 1024 * 1024;

pub(in crate::listen) async fn events(
    State(listen): State<Arc<Listen>>,
    request: Request,
) -> Response {
    let admitted = listen.secret.admit(request.uri(), request.headers());
    if let Err(rejection) = admitted.and_then(|()| guard::no_site(request.headers())) {
        return rejection.into_response();
    }
    let Ok(place) = Arc::clone(&listen.pages.streams).try_acquire_owned() else {
        let reason = "too many pages are open\n";
        return (StatusCode::SERVICE_UNAVAILABLE, reason).into_response();
    };
    if let Some(connection) = request.extensions().get::<Arc<Connection>>() {
        connection.is_a_page();
    }
    let reader = Reader {
        changes: listen.log.changes(),
        stop: listen.stop.subscribe(),
        next: 0,
        end: None,
        listen,
        _place: place,
    };
    let pieces = stream::unfold(reader, |mut reader| async move {
        let text = reader.piece().await?;
        Some((Ok::<_, Infallible>(Event::default().data(text)), reader))
    });
    let pieces = Sse::new(pieces).keep_alive(KeepAlive::default());
    (HEADERS, [(CONNECTION, "close")], pieces).into_response()
}

/// The position of one open page in the log. It holds no delivery.
struct Reader {
    listen: Arc<Listen>,
    changes: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    /// The next position to read, and the end of what is read before the next wait; none at the start.
    next: u64,
    end: Option<u64>,
    _place: OwnedSemaphorePermit,
}

#[derive(Serialize)]
struct Piece {
    /// The page clears what it shows.
    is_first: bool,
    counts: Counts,
    missed: u64,
    rows: Vec<Box<RawValue>>,
}

impl Reader {
    /// The next piece; `None` at the end.
    async fn piece(&mut self) -> Option<String> {
        let is_first = self.end.is_none();
        let mut from = self.next;
        if self.end.is_none_or(|end| self.next >= end) {
            if !is_first {
                self.news().await?;
            }
            self.changes.mark_unchanged();
            let end = self.listen.log.added();
            self.end = Some(end);
            if !is_first {
                from = from.max(end.saturating_sub(AT_A_TIME));
            }
        }
        let end = self.end.unwrap_or(from);
        let (first, deliveries) = self.listen.log.read(from..end);
        let missed = first - self.next;
        self.next = first;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for delivery in &deliveries {
            let row = to_raw_value(&Row::of(delivery)).ok()?;
            bytes += row.get().len();
            if bytes > PIECE && !rows.is_empty() {
                break;
            }
            rows.push(row);
            self.next += 1;
        }
        let counts = self.listen.counts();
        let mut text = line(&Piece {
            is_first,
            counts,
            missed,
            rows,
        });
        text.truncate(text.trim_end().len());
        Some(text)
    }

    /// Waits for further deliveries; `None` at the end.
    async fn news(&mut self) -> Option<()> {
        tokio::select! {
            _ = self.stop.wait_for(|stop| *stop) => None,
            changed = async {
                tokio::time::sleep(INTERVAL).await;
                self.changes.changed().await
            } => changed.ok(),
        }
    }
}
