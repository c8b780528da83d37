//! Writes lines to standard output or a file from its own thread, so that a slow terminal does not block the runtime.
//! Queued lines are written together. When the queue is full, writers wait: no line is lost.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use tokio::sync::{mpsc, oneshot, watch};

use crate::failure::{Failure, failed_at};

/// Lines in the queue. A line can be as long as a body.
const WAITING: usize = 256;

/// Bytes written at once.
const BUFFER: usize = 64 * 1024;

pub(super) struct Writer {
    name: String,
    lines: Mutex<Option<mpsc::Sender<String>>>,
    ended: Mutex<Option<oneshot::Receiver<std::io::Result<()>>>>,
}

impl Writer {
    pub(super) fn stdout(stop: watch::Sender<bool>) -> Self {
        Self::to("standard output".to_owned(), anstream::stdout(), stop)
    }

    /// A new file is readable by its owner only, because it will hold personal data. On Windows it has the permissions of
    /// its folder.
    pub(super) fn append(path: PathBuf, stop: watch::Sender<bool>) -> Result<Self, Failure> {
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path);
        let name = path.display().to_string();
        match file {
            Ok(file) => Ok(Self::to(name, file, stop)),
            Err(error) => Err(failed_at(name, error)),
        }
    }

    /// Sets `stop` when writing fails.
    fn to(name: String, place: impl Write + Send + 'static, stop: watch::Sender<bool>) -> Self {
        let (sender, lines) = mpsc::channel(WAITING);
        let (end, ended) = oneshot::channel();
        std::thread::spawn(move || {
            let written = write(lines, place);
            if written.is_err() {
                stop.send_replace(true);
            }
            _ = end.send(written);
        });
        Self {
            name,
            lines: Mutex::new(Some(sender)),
            ended: Mutex::new(Some(ended)),
        }
    }

    /// Queues a line; waits while the queue is full.
    pub(super) async fn write(&self, line: String) {
        let sender = self.lines.lock().ok().and_then(|sender| sender.clone());
        if let Some(sender) = sender {
            // Sending fails once writing has failed; `finish` returns that error.
            _ = sender.send(line).await;
        }
    }

    /// Waits until everything is written. A closed pipe is not an error.
    pub(super) async fn finish(&self) -> Result<(), Failure> {
        drop(self.lines.lock().ok().and_then(|mut sender| sender.take()));
        let ended = self.ended.lock().ok().and_then(|mut ended| ended.take());
        let Some(ended) = ended else { return Ok(()) };
        match ended.await {
            Ok(Err(error)) if error.kind() != ErrorKind::BrokenPipe => {
                Err(failed_at(&self.name, error))
            }
            _ => Ok(()),
        }
    }
}

fn write(mut lines: mpsc::Receiver<String>, place: impl Write) -> std::io::Result<()> {
    let mut place = BufWriter::with_capacity(BUFFER, place);
    while let Some(line) = lines.blocking_recv() {
        place.write_all(line.as_bytes())?;
        if lines.is_empty() {
            place.flush()?;
        }
    }
    place.flush()
}
