//! Lines to standard output or a file, from a thread of its own: a slow terminal never holds up the runtime, and
//! what piles up is written at once. Where it can't keep up, those who write wait: no line is lost.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use tokio::sync::{mpsc, oneshot, watch};

use crate::failure::{Failure, failed_at};

/// So many lines wait at most. A line may be as long as a body.
const WAITING: usize = 256;

/// So many bytes are written at once.
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

    /// A file that is made is its owner's alone to read, since it will hold personal data; on Windows it has the
    /// permissions of its folder.
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

    /// Where writing fails, there is nothing left to listen for: `stop` is set.
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
        Self { name, lines: Mutex::new(Some(sender)), ended: Mutex::new(Some(ended)) }
    }

    /// Hands a line over, and waits while too many others do.
    pub(super) async fn write(&self, line: String) {
        let sender = self.lines.lock().ok().and_then(|sender| sender.clone());
        if let Some(sender) = sender {
            // It is gone once writing has failed, which `finish` tells.
            _ = sender.send(line).await;
        }
    }

    /// Waits until all is written. A reader that closed the pipe had seen enough.
    pub(super) async fn finish(&self) -> Result<(), Failure> {
        drop(self.lines.lock().ok().and_then(|mut sender| sender.take()));
        let ended = self.ended.lock().ok().and_then(|mut ended| ended.take());
        let Some(ended) = ended else { return Ok(()) };
        match ended.await {
            Ok(Err(error)) if error.kind() != ErrorKind::BrokenPipe => Err(failed_at(&self.name, error)),
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
