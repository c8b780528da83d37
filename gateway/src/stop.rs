//! The signals that stop the program: Ctrl-C and SIGTERM, on Windows Ctrl-Break.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

#[cfg(unix)]
pub(crate) struct Signals(Signal, Signal);
#[cfg(windows)]
pub(crate) struct Signals(CtrlC, CtrlBreak);

impl Signals {
    /// From now on they don't end the process by themselves.
    pub(crate) fn new() -> io::Result<Self> {
        #[cfg(unix)]
        let signals = Self(
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        );
        #[cfg(windows)]
        let signals = Self(ctrl_c()?, ctrl_break()?);
        Ok(signals)
    }

    /// Waits for the next one.
    pub(crate) async fn received(&mut self) {
        tokio::select! { _ = self.0.recv() => {}, _ = self.1.recv() => {} }
    }
}
