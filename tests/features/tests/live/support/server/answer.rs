//! The answers of the server, good ones and bad ones.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};

#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: String,
    /// What it says of its length.
    length: usize,
    /// Its body is this, so many times, with a pause after each.
    part: Vec<u8>,
    times: usize,
    pause: Duration,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let part = body.into();
        Self {
            status,
            headers: String::new(),
            length: part.len(),
            part,
            times: 1,
            pause: Duration::ZERO,
        }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "")
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self {
            headers: format!("location: {location}\r\n"),
            ..Self::new(status, "")
        }
    }

    /// Says that its body has this encoding.
    pub(crate) fn encoded(self, encoding: &str) -> Self {
        Self {
            headers: format!("content-encoding: {encoding}\r\n"),
            ..self
        }
    }

    /// Names a transfer coding that changes nothing. Its end is then that of the connection.
    pub(crate) fn with_transfer_encoding(self, encoding: &str) -> Self {
        Self {
            headers: format!("transfer-encoding: {encoding}\r\n"),
            ..self
        }
    }

    /// Ends, and the connection with it, before all that was announced is there.
    pub(crate) fn truncated(body: impl Into<Vec<u8>>) -> Self {
        let whole = Self::ok(body);
        Self {
            length: whole.length + 1,
            ..whole
        }
    }

    /// 100 MB of spaces.
    pub(crate) fn huge() -> Self {
        Self {
            length: 100 << 20,
            times: 100 << 4,
            ..Self::ok([b' '; 1 << 16])
        }
    }

    /// A byte now and then, for hours.
    pub(crate) fn trickling() -> Self {
        let pause = Duration::from_millis(10);
        Self {
            length: 1 << 20,
            times: 1 << 20,
            pause,
            ..Self::ok(" ")
        }
    }

    pub(super) async fn write(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        bytes_written: &AtomicU64,
        parts_written: &AtomicU64,
    ) -> io::Result<()> {
        let Self {
            status,
            headers,
            length,
            ..
        } = self;
        // Such answers have no body (RFC 9110, section 8.6).
        let length = if matches!(status, 204 | 304) {
            String::new()
        } else {
            format!("content-length: {length}\r\n")
        };
        stream
            .write_all(format!("HTTP/1.1 {status} -\r\n{headers}{length}\r\n").as_bytes())
            .await?;
        for _ in 0..self.times {
            stream.write_all(&self.part).await?;
            stream.flush().await?;
            bytes_written.fetch_add(self.part.len() as u64, Ordering::SeqCst);
            parts_written.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(self.pause).await;
        }
        if self.length > self.part.len() * self.times {
            Err(io::ErrorKind::UnexpectedEof.into())
        } else {
            Ok(())
        }
    }
}
