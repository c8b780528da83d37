//! The route for axum.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::post;

use crate::inbox::Inbox;
use crate::store::Store;

impl<S: Store> Inbox<S> {
    /// Returns a router that receives `POST` requests at `path`, to merge into yours.
    ///
    /// # Panics
    ///
    /// Panics if the path is not one of axum, such as one without a `/` at its start.
    pub fn router(&self, path: &str) -> Router {
        Router::new()
            .route(path, post(receive::<S>))
            .with_state(self.clone())
    }
}

async fn receive<S: Store>(State(inbox): State<Inbox<S>>, request: Request) -> StatusCode {
    inbox.receive_request(request).await.status()
}
