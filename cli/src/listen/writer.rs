//! Writes lines to standard output or a file from its own thread, so that a slow terminal does not block the runtime.
//! Queued lines are written together. While the queue is full, writers wait a little; then lines are lost, and counted.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::recording_file;
use super::room::Room;
use crate::failure::{Failure, failed_at};

/// Bytes in the queue, and those that an entry takes beside its line.
const WAITING: u32 = 16 * 1024 * 1024;
const ENTRY: usize = 128;

/// Bytes written at once.
const BUFFER: usize = 64 * 1024;

type Line = (String, Option<OwnedSemaphorePermit>);

pub(super) struct Writer {
    name: String,
    room: Room,
    lost: AtomicU64,
    lines: Mutex<Option<mpsc::UnboundedSender<Line>>>,
    ended: Mutex<Option<oneshot::Receiver<std::io::Result<()>>>>,
}

impl Writer {
    pub(super) fn stdout(stop: watch::Sender<bool>) -> Self {
        Self::to("standard output".to_owned(), anstream::stdout(), stop)
    }

    pub(super) fn append(path: PathBuf, stop: watch::Sender<bool>) -> Result<Self, Failure> {
        let name = path.display().to_string();
        Ok(Self::to(name, recording_file::open(&path)?, stop))
    }

    /// Sets `stop` when writing fails.
    fn to(name: String, place: impl Write + Send + 'static, stop: watch::Sender<bool>) -> Self {
        let (sender, lines) = mpsc::unbounded_channel();
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
            room: Room::new(WAITING),
            lost: AtomicU64::new(0),
            lines: Mutex::new(Some(sender)),
            ended: Mutex::new(Some(ended)),
        }
    }

    /// Queues a line, or counts it as lost.
    pub(super) async fn write(&self, line: String) {
        match self.room.take(line.len().saturating_add(ENTRY)).await {
            Some(room) => self.queue((line, Some(room))),
            None => _ = self.lost.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Queues a line even if the queue is full.
    pub(super) fn write_anyway(&self, line: String) {
        self.queue((line, None));
    }

    fn queue(&self, line: Line) {
        if let Some(lines) = self.lines.lock().ok().as_deref().and_then(Option::as_ref) {
            // Sending fails once writing has failed; `finish` returns that error.
            _ = lines.send(line);
        }
    }

    /// The lines that were not written because writing took too long.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
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

fn write(mut lines: mpsc::UnboundedReceiver<Line>, place: impl Write) -> std::io::Result<()> {
    let mut place = BufWriter::with_capacity(BUFFER, place);
    while let Some((line, _room)) = lines.blocking_recv() {
        place.write_all(line.as_bytes())?;
        if lines.is_empty() {
            place.flush()?;
        }
    }
    place.flush()
}
