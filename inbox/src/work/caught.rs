//! Runs a handler within its time limit, and catches its panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::handler::Handled;
use crate::observe;

/// Returns what the handler said, or why it said nothing. It is dropped in that case.
pub(crate) async fn caught(
    handler: impl Future<Output = Handled>,
    limit: Duration,
) -> Result<Handled, String> {
    let started = Instant::now();
    let mut handler = Box::pin(handler);
    let caught = std::future::poll_fn(|context| {
        // It is not polled again after a panic.
        let poll = AssertUnwindSafe(|| handler.as_mut().poll(context));
        match catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(format!("the handler panicked{}", message(&*panic)))),
        }
    });
    let exceeded = |_| Err(format!("the handler exceeded its time limit of {limit:?}"));
    let handled = timeout(limit, caught).await.unwrap_or_else(exceeded);
    // What it still holds may panic when it is dropped.
    _ = catch_unwind(AssertUnwindSafe(|| drop(handler)));
    observe::handler(started);
    handled
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied();
    let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    message.map_or_else(String::new, |message| format!(": {message}"))
}
