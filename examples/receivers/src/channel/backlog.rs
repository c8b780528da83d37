//! [`ChannelBacklog`]: what is in the channel, for those who watch.

use std::sync::Arc;

use moneyhub_webhooks::Webhook;
use tokio::sync::mpsc::WeakSender;

use super::unjudged::Unjudged;
use crate::watch::{Backlog, Waiting};

/// It does not keep the channel open.
pub struct ChannelBacklog {
    pub(super) webhooks: WeakSender<Webhook>,
    pub(super) unjudged: Arc<Unjudged>,
}

impl Backlog for ChannelBacklog {
    async fn waiting(&self) -> Waiting {
        // No sender: the server has stopped, and the worker handles the rest.
        let webhooks = self.webhooks.upgrade();
        let accepted = webhooks.map(|webhooks| webhooks.max_capacity() - webhooks.capacity());
        Waiting {
            accepted: accepted.map(|count| count as u64),
            unjudged: Some(self.unjudged.len() as u64),
            ..Waiting::default()
        }
    }
}
