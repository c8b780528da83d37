//! What fits into the quotas of a store.

use crate::entry::{Entry, Kind};
use crate::store::{Quota, Quotas};

/// The room that is left in each quota.
#[derive(Debug)]
pub(crate) struct Rooms([Quota; 3]);

impl Rooms {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self([quotas.unsigned, quotas.unverified, quotas.rejected])
    }

    /// Takes off what the store holds already. The quotas are numbered in the order of [`Quotas`].
    pub(crate) fn used(&mut self, quota: i32, rows: u64, bytes: u64) {
        let quota = usize::try_from(quota).ok();
        if let Some(room) = quota.and_then(|quota| self.0.get_mut(quota)) {
            room.rows = room.rows.saturating_sub(rows);
            room.bytes = room.bytes.saturating_sub(bytes);
        }
    }

    /// Whether there is room for an entry, which is then taken. There always is for what Moneyhub has signed.
    pub(crate) fn admit(&mut self, entry: &Entry) -> bool {
        let [unsigned, unverified, rejected] = &mut self.0;
        let room = match entry {
            Entry::Webhook(accepted) if accepted.key.is_signed() => return true,
            Entry::Webhook(_) => unsigned,
            Entry::Body(body) if body.kind == Kind::Unverified => unverified,
            Entry::Body(_) => rejected,
        };
        let bytes = room.bytes.checked_sub(entry.size() as u64);
        let left = room.rows.checked_sub(1).zip(bytes);
        if let Some((rows, bytes)) = left {
            *room = Quota { rows, bytes };
        }
        left.is_some()
    }
}
