//! [`Names`]: host names are looked up by the system, on a thread that nothing waits for. tokio's own look-up also ends
//! with the deadline of a fetch, but its thread keeps the runtime from shutting down for as long as it hangs.

use std::net::ToSocketAddrs as _;
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

pub(super) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let (send, receive) = oneshot::channel();
            // At most one at a time in a cooldown, or two with a discovery document.
            thread::Builder::new().name("key set look-up".to_owned()).spawn(move || {
                // The port is that of the URL.
                _ = send.send((name.as_str(), 0).to_socket_addrs());
            })?;
            Ok(Box::new(receive.await??) as Addrs)
        })
    }
}
