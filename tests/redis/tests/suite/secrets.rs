//! The password of the URL is used, and shown nowhere.

use moneyhub_webhooks::Admission::{Duplicate, Fresh};
use moneyhub_webhooks::{RedisReplayGuard, ReplayGuard};

use crate::support::{Server, key, now, soon};

const PASSWORD: &str = "correct-horse";

fn guard(server: &Server, credentials: &str) -> RedisReplayGuard {
    RedisReplayGuard::new(&format!("redis://{credentials}127.0.0.1:{}/0", server.port())).unwrap()
}

#[tokio::test]
async fn the_password_lets_in_and_no_other_does() {
    let Some(server) = Server::start_with(&["--requirepass", PASSWORD]) else { return };
    let right = guard(&server, &format!(":{PASSWORD}@"));
    assert_eq!(right.admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(right.admit(&key(1), now(), soon()).await, Ok(Duplicate));

    for (credentials, says) in [
        ("", "redis says NOAUTH"),
        (":battery-staple@", "redis rejected the user or the password"),
        ("somebody:battery-staple@", "redis rejected the user or the password"),
    ] {
        let error = guard(&server, credentials).admit(&key(1), now(), soon()).await.unwrap_err();
        assert_eq!(error.to_string(), says, "{credentials}");
    }
}

#[tokio::test]
async fn a_guard_that_was_refused_gets_in_when_its_password_is_right() {
    let Some(server) = Server::start_with(&["--requirepass", "another"]) else { return };
    let guard = guard(&server, &format!(":{PASSWORD}@"));
    assert!(guard.admit(&key(1), now(), soon()).await.is_err());
    let changed = server.command(&format!("AUTH another\r\nCONFIG SET requirepass {PASSWORD}"));
    assert_eq!(changed, "+OK\r\n+OK");
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
}

#[tokio::test]
async fn debug_and_errors_show_no_password() {
    let Some(mut server) = Server::start_with(&["--requirepass", "another"]) else { return };
    let guard = guard(&server, &format!("somebody:{PASSWORD}@"));
    let refused = guard.admit(&key(1), now(), soon()).await.unwrap_err();
    server.stop();
    let absent = guard.admit(&key(1), now(), soon()).await.unwrap_err();
    let no_url = RedisReplayGuard::new(&format!("redis://:{PASSWORD}@h:no-port")).unwrap_err();
    let shown = format!("{guard:?} {guard:#?} {refused} {refused:?} {absent} {absent:?} {no_url} {no_url:?}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert_eq!(
        format!("{guard:?}"),
        format!(
            r#"RedisReplayGuard {{ address: 127.0.0.1:{}, prefix: "moneyhub-webhooks:replay:", time_limit: 500ms }}"#,
            server.port()
        )
    );
}
