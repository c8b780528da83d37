//! `/healthz`: what is held and what waits, without a byte of what was sent.

use http::StatusCode;
use moneyhub_webhooks::keys::KeyStatus;
use serde_json::json;

use super::Waiting;

/// The status and the JSON. Without a status of keys no token is accepted, and none has to be verified.
pub(super) fn check(keys: Option<&KeyStatus>, waiting: Waiting) -> (StatusCode, String) {
    let can_verify = keys.is_none_or(|keys| keys.usable > 0);
    let keys = keys.map(|keys| {
        json!({
            "usable": keys.usable,
            "ignored": keys.ignored,
            "age_seconds": keys.age.map(|age| age.as_secs()),
            "fetches": keys.fetches,
            // Why the last fetch has failed, if it has.
            "last_error": keys.last_error.as_ref().map(ToString::to_string),
        })
    });
    let Waiting {
        accepted,
        unjudged,
        dead,
        lag,
        disk_bytes,
        error,
    } = waiting;
    let backlog = json!({
        "accepted": accepted,
        "unjudged": unjudged,
        "dead": dead,
        "lag_seconds": lag.map(|lag| lag.as_secs_f64()),
        "disk_bytes": disk_bytes,
        "error": error,
    });
    let status = if can_verify {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let report = json!({ "can_verify": can_verify, "keys": keys, "backlog": backlog });
    (status, report.to_string())
}
