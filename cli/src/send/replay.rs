//! The bodies of a recording, with the status that each should be answered with.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use chrono::Utc;
use moneyhub_webhooks::Receiver;

use super::body::{Body, Origin};
use super::expected::{Expect, Expected};
use crate::failure::{Failure, failed_at};
use crate::output::warn;
use crate::recording::Recorded;
use crate::report::issued_at;
use crate::text::visible;

pub(super) fn read(path: &Path, expect: Expect) -> Result<Vec<Body>, Failure> {
    let file = std::fs::File::open(path).map_err(|error| failed_at(path.display(), error))?;
    let mut bodies = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| failed_at(path.display(), error))?;
        if line.trim().is_empty() {
            continue;
        }
        let at_line =
            |failure: Failure| failed_at(format!("{}:{}", path.display(), number + 1), failure);
        let recorded = Recorded::read(&line).map_err(at_line)?;
        bodies.push(Body {
            origin: Origin::Recording,
            bytes: recorded.body().map_err(at_line)?,
            expected: Expected::replayed(recorded.status, expect),
            name: recorded.received_at,
            content_type: recorded.content_type,
        });
    }
    warn_of_old_tokens(path, &bodies);
    Ok(bodies)
}

/// A receiver rejects a token that has become too old, even if it accepted the token when it was recorded.
fn warn_of_old_tokens(path: &Path, bodies: &[Body]) {
    let max_age = Receiver::DEFAULT_MAX_AGE.as_secs();
    let oldest = Utc::now().timestamp().saturating_sub_unsigned(max_age);
    let is_old = |body: &Body| issued_at(&body.bytes).is_some_and(|issued_at| issued_at < oldest);
    let old = bodies
        .iter()
        .filter(|body| body.expected.is_success() && is_old(body))
        .count();
    if old > 0 {
        let path = visible(&path.display().to_string());
        warn(&format!(
            "{path}: tokens that are now over {max_age} s old: {old}; a receiver rejects them unless its maximum \
             age is lifted"
        ));
    }
}
