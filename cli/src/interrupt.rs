//! Ctrl-C and SIGTERM, on Windows Ctrl-Break, as something to wait for.

use crate::failure::{Failure, failed};

pub(crate) struct Interrupt {
    interrupt: signals::Interrupt,
    terminate: signals::Terminate,
}

impl Interrupt {
    /// From now on neither ends the process by itself.
    pub(crate) fn new() -> Result<Self, Failure> {
        let interrupt = signals::interrupt().map_err(failed)?;
        let terminate = signals::terminate().map_err(failed)?;
        Ok(Self {
            interrupt,
            terminate,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn received(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {}, _ = self.terminate.recv() => {} }
    }
}

#[cfg(unix)]
mod signals {
    use std::io;

    pub(super) use tokio::signal::unix::{Signal as Interrupt, Signal as Terminate};
    use tokio::signal::unix::{SignalKind, signal};

    pub(super) fn interrupt() -> io::Result<Interrupt> {
        signal(SignalKind::interrupt())
    }

    pub(super) fn terminate() -> io::Result<Terminate> {
        signal(SignalKind::terminate())
    }
}

#[cfg(windows)]
mod signals {
    pub(super) use tokio::signal::windows::{
        CtrlBreak as Terminate, CtrlC as Interrupt, ctrl_break as terminate, ctrl_c as interrupt,
    };
}
