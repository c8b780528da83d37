//! The service that the README of the crate `moneyhub-webhooks` shows, and its test. A test compares them.

// README: service
use moneyhub_webhooks::{Event, Receiver, RemoteKeys, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, Handler, Inbox};

struct Mailer;

impl Handler for Mailer {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        if let Event::Malformed(_) = webhook.event() {
            return Handled::Dead("a new form".into()); // kept, to be handled after an update
        }
        println!("{}: {}", webhook.id(), webhook.event().name());
        Handled::Done // it is removed, an unknown event too; or `Retry`, for three days
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = RemoteKeys::moneyhub().build()?;
    keys.keep_fresh()?; // fetches in the background
    let receiver = Receiver::signed(keys, std::env::var("MONEYHUB_CLIENT_ID")?);

    let inbox = Inbox::sqlite("inbox.db", receiver).await?;
    let _workers = inbox.work(4, Mailer); // until this is dropped
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, inbox.router("/webhooks")).await?;
    Ok(())
}
// README: end

// README: test
#[tokio::test]
async fn genuine_webhooks_are_handled_and_others_are_rejected() {
    use moneyhub_webhooks::EventType;
    use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
    let moneyhub = TestIssuer::new();
    let inbox = Inbox::in_memory(moneyhub.receiver()).await.unwrap();
    let event = samples::of(EventType::PaymentError);

    let token = moneyhub.sign(&event);
    let received = inbox.receive(&Default::default(), token).await;
    assert_eq!(received.status(), 202);
    assert_eq!(inbox.work_once(&Mailer).await.unwrap(), 1);

    for fault in Fault::ALL {
        let body = moneyhub.delivery(&event).faulty(*fault); // expired, forged, …
        let received = inbox.receive(&Default::default(), body).await;
        let status = fault.error_kind().http_status();
        assert_eq!(received.status(), status, "{fault}");
    }
}
// README: end
