//! The one thread that uses the database. SQLite has one writer at a time, and several that compete starve each other.
//!
//! Calls that arrive while a commit is under way share the next one: each is a savepoint in it, and all of them are
//! answered when it is on disk.

use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{checkpoint, database, fault};
use crate::store::{Result, StoreError};

/// How many calls share a commit at most. One of them may be a whole batch of receipts.
const CALLS: usize = 256;

/// How many calls wait at most. Those beyond wait for their turn to wait.
const QUEUE: usize = 1024;

#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Box<dyn Call>>);

impl Writer {
    /// Starts the thread. It ends when the writer is dropped. `None`: a database in memory.
    pub(super) fn start(path: Option<PathBuf>) -> std::io::Result<Self> {
        let (sender, calls) = mpsc::channel(QUEUE);
        let commits = path.clone().map(checkpoint::start).transpose()?;
        thread::Builder::new()
            .name("moneyhub-inbox".into())
            .spawn(move || run(path.as_deref(), calls, commits.as_ref()))?;
        Ok(Self(sender))
    }

    /// Runs a function in a transaction, and returns what it returned once that is on disk.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        function: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let call = Pending {
            function: Some(function),
            value: None,
            reply,
        };
        let stopped = || StoreError::new("the thread of the database has stopped");
        let sent = self.0.send(Box::new(call)).await;
        sent.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

trait Call: Send {
    /// Nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Pending<F, T> {
    function: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnOnce(&Connection) -> rusqlite::Result<T> + Send> Call for Pending<F, T> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some(function) = self.function.take() {
            self.value = Some(function(connection)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let no_value = || StoreError::new("the call did not run");
        let Self { value, reply, .. } = *self;
        // If nobody waits for it any more, it is as if the process had crashed just before it.
        let _ = reply.send(outcome.and_then(|()| value.ok_or_else(no_value)));
    }
}

fn run(
    path: Option<&Path>,
    mut calls: mpsc::Receiver<Box<dyn Call>>,
    commits: Option<&SyncSender<()>>,
) {
    let mut open = None;
    while let Some(first) = calls.blocking_recv() {
        let connection = match open.take().map_or_else(|| database::open(path), Ok) {
            Ok(connection) => connection,
            Err(error) => {
                first.answer(Err(fault(error)));
                continue;
            }
        };
        let mut group = Group::default();
        let mut outcome = group.run(&connection, first, &mut calls);
        if !connection.is_autocommit() {
            let undone = connection.execute_batch("ROLLBACK");
            outcome = outcome.and(undone);
        }
        let outcome = outcome.map_err(fault);
        let is_sound = outcome.is_ok() || path.is_none();
        if let (Ok(()), Some(commits)) = (&outcome, commits) {
            // If it is full, the thread will see this commit too.
            let _ = commits.try_send(());
        }
        for call in group.done {
            call.answer(outcome.clone());
        }
        // After a full or a failing disk, what the connection believes of the file may be wrong.
        open = is_sound.then_some(connection);
    }
}

/// The calls that share a commit.
#[derive(Default)]
struct Group {
    done: Vec<Box<dyn Call>>,
}

impl Group {
    fn run(
        &mut self,
        connection: &Connection,
        first: Box<dyn Call>,
        calls: &mut mpsc::Receiver<Box<dyn Call>>,
    ) -> rusqlite::Result<()> {
        let mut next = Some(first);
        let began = execute(connection, "BEGIN IMMEDIATE");
        while let Some(mut call) = next {
            if call.is_abandoned() {
                next = calls.try_recv().ok();
                continue;
            }
            if began.is_err() {
                self.done.push(call);
                break;
            }
            execute(connection, "SAVEPOINT call")?;
            match call.run(connection) {
                Ok(()) => {
                    self.done.push(call);
                    execute(connection, "RELEASE call")?;
                }
                // A full disk has rolled back everything.
                Err(error) if connection.is_autocommit() => {
                    self.done.push(call);
                    return Err(error);
                }
                Err(error) => {
                    call.answer(Err(fault(error)));
                    connection.execute_batch("ROLLBACK TO call; RELEASE call")?;
                }
            }
            let is_full = self.done.len() >= CALLS;
            next = if is_full { None } else { calls.try_recv().ok() };
        }
        began?;
        execute(connection, "COMMIT")
    }
}

fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}
