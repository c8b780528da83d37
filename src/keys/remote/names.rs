//! [`Names`]: resolves host names with the system's resolver, on a detached thread.
//!
//! tokio's look-up also ends with the deadline of a fetch, but while its thread hangs, the runtime can't shut down.

use std::net::ToSocketAddrs as _;
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

pub(super) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let (send, receive) = oneshot::channel();
            // A fetch starts at most one thread, or two with a discovery document, and the cooldown limits fetches.
            thread::Builder::new().name("key set look-up".to_owned()).spawn(move || {
                // reqwest replaces port 0 with the port of the URL.
                _ = send.send((name.as_str(), 0).to_socket_addrs());
            })?;
            Ok(Box::new(receive.await??) as Addrs)
        })
    }
}
