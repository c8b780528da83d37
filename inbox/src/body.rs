//! Reads the body of a request, within limits on its size and its time.

use std::pin::pin;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::observe;
use crate::received::Received;

/// How long a body may take to arrive. With the time to verify and to store it, that stays below the 5 seconds of the
/// sender.
const LIMIT: Duration = Duration::from_millis(1500);

/// How much of the name of a coding is logged, in bytes.
const SHOWN: usize = 32;

/// Reads a body of at most `max` bytes.
pub(crate) async fn read<B>(body: B, max: usize) -> Result<Bytes, Received>
where
    B: http_body::Body,
{
    timeout(LIMIT, collect(body, max))
        .await
        .unwrap_or(Err(Received::TooSlow))
}

/// A body over the limit is read to its end too, and discarded. If it were answered earlier, the server would close the
/// connection, and most senders, who send everything before they read the answer, would not see the 413.
async fn collect<B: http_body::Body>(body: B, max: usize) -> Result<Bytes, Received> {
    let mut body = pin!(body);
    let mut whole = Vec::new();
    let mut is_too_large = false;
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.map_err(|_| Received::CutOff)?.into_data() else {
            continue;
        };
        is_too_large |= max.saturating_sub(whole.len()) < data.remaining();
        if is_too_large {
            whole = Vec::new();
        } else {
            whole.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
    }
    if is_too_large {
        return Err(Received::TooLarge);
    }
    Ok(whole.into())
}

/// Whether the body has a content coding other than `identity`. What is sent then is not what was signed.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let coding = codings
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"));
    if let Some(coding) = coding {
        let shown = coding.get(..SHOWN).unwrap_or(coding);
        observe::encoded(&shown.escape_ascii());
    }
    coding.is_some()
}
