//! Ports for servers that have to be told one.

use std::io;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 that is nobody else's as long as this is held, whether a server listens there or not: the system
/// gives it to none that asks for any port, and a server that asks for this one shares it, as all do with `SO_REUSEADDR`.
pub(crate) struct Port {
    pub(crate) number: u16,
    _held: TcpSocket,
}

impl Port {
    pub(crate) fn free() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        Ok(Self {
            number: socket.local_addr()?.port(),
            _held: socket,
        })
    }
}
