//! The service that the README of the crate shows, and its test. A test compares them.

// README: service
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Router, routing::post};
use moneyhub_webhooks::{Receiver, RemoteKeys, Webhook};
use tokio::sync::mpsc;

#[derive(Clone)]
struct App {
    receiver: Receiver,
    webhooks: mpsc::Sender<Webhook>,
}

/// `Bytes` is the raw body. Do not extract `Json`: the signature is over the bytes.
async fn receive(State(app): State<App>, body: Bytes) -> StatusCode {
    match app.receiver.receive(&body).await {
        Ok(webhook) => match app.webhooks.try_send(webhook) {
            Ok(()) => StatusCode::ACCEPTED,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE, // the queue is full
        },
        Err(error) => {
            eprintln!("rejected: {error}"); // shows nothing of the body
            StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = RemoteKeys::moneyhub().build()?;
    keys.keep_fresh()?; // fetches in the background
    let receiver = Receiver::signed(keys, std::env::var("MONEYHUB_CLIENT_ID")?);
    let (webhooks, mut queue) = mpsc::channel::<Webhook>(1024);

    tokio::spawn(async move {
        while let Some(webhook) = queue.recv().await {
            println!("{webhook:?}"); // your work, after the answer
        }
    });
    let app = Router::new()
        .route("/webhooks", post(receive))
        .with_state(App { receiver, webhooks });
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?, app).await?;
    Ok(())
}
// README: end

// README: test
#[cfg(test)]
mod tests {
    use moneyhub_webhooks::EventType;
    use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};

    use super::*;

    #[tokio::test]
    async fn genuine_webhooks_are_queued_and_others_are_rejected() {
        let moneyhub = TestIssuer::new();
        let (webhooks, mut queue) = mpsc::channel(1);
        let app = State(App {
            receiver: moneyhub.receiver(),
            webhooks,
        });

        let token = moneyhub.sign(&samples::of(EventType::PaymentError));
        assert_eq!(
            receive(app.clone(), token.into()).await,
            StatusCode::ACCEPTED
        );
        assert_eq!(queue.recv().await.unwrap().event().name(), "paymentError");

        for fault in Fault::ALL {
            let body = moneyhub
                .delivery(&samples::of(EventType::PaymentError))
                .faulty(*fault); // expired, forged, …
            assert_eq!(
                receive(app.clone(), body.into()).await,
                fault.error_kind().http_status(),
                "{fault}"
            );
        }
    }
}
// README: end
