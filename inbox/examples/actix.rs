//! The service of the example `axum` with actix-web.
//!
//! ```console
//! $ cargo add actix-web futures-util http http-body http-body-util
//! ```

use std::{env, error::Error, time::Duration};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload, ServiceConfig, post};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::TryStreamExt as _;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use moneyhub_webhooks::{Event, Receiver, RemoteKeys, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, Handler, Inbox, Store};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys = RemoteKeys::moneyhub().build()?;
    keys.keep_fresh()?;
    let client_id = env::var("MONEYHUB_CLIENT_ID").map_err(|_| "set MONEYHUB_CLIENT_ID")?;
    let receiver = Receiver::signed(keys, client_id);
    let inbox = Inbox::sqlite("inbox.db", receiver).await?;
    let workers = inbox.work(4, Ignorer);
    HttpServer::new(move || App::new().configure(|config| routes(config, &inbox)))
        // Longer than that of proxies: a webhook sent into a connection that is just being closed is lost.
        .keep_alive(Duration::from_secs(90))
        .bind("127.0.0.1:8080")?
        .run()
        .await?;
    workers.stop().await;
    Ok(())
}

pub(crate) fn routes<S: Store>(config: &mut ServiceConfig, inbox: &Inbox<S>) {
    let config = config.app_data(Data::new(inbox.clone()));
    config.route("/webhooks", post().to(receive::<S>));
}

/// Passes the payload on unread: the inbox limits its size and its time.
async fn receive<S: Store>(inbox: Data<Inbox<S>>, to: HttpRequest, body: Payload) -> HttpResponse {
    let codings = to.headers().get_all("content-encoding");
    let request = codings.fold(Request::builder(), |request, coding| {
        request.header("content-encoding", coding.as_bytes())
    });
    let status = match request.body(StreamBody::new(body.map_ok(Frame::data))) {
        Ok(request) => inbox.receive_request(request).await.status().as_u16(),
        Err(_) => 400,
    };
    HttpResponse::new(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}

struct Ignorer; // your code

impl Handler for Ignorer {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        match webhook.event() {
            // A known event in a new form. `Done` would throw it away.
            Event::Malformed(event) => {
                Handled::Dead(format!("{}: {}", event.path(), event.reason()))
            }
            _ => Handled::Done,
        }
    }
}
