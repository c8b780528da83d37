//! An alert has fired: what do I do?
//!
//! The rules are in the folder `watch` of the package. They page only for faults of yours: whatever others send is
//! counted, and makes a ticket at most. Each section says what the alert means, where to look first, and what to do.
//! Statements are for PostgreSQL; in SQLite the tables have the same names, without `moneyhub_inbox.`.
//!
//! | pages | tickets |
//! |---|---|
//! | [webhooks lost](#moneyhubinboxwebhookslost), [store down](#moneyhubinboxstoredown), [spilled](#moneyhubinboxspilled), [lag](#moneyhubinboxlag), [keys missing](#moneyhubinboxkeysmissing), [all rejected](#moneyhubinboxallrejected) | [keys old](#moneyhubinboxkeysold), [dead letters](#moneyhubinboxdeadletters), [attempts fail](#moneyhubinboxattemptsfail), [unsigned lag](#moneyhubinboxunsignedlag), [rejected signed](#moneyhubinboxrejectedsigned), [unverified](#moneyhubinboxunverified), [not kept](#moneyhubinboxnotkept), [malformed event](#moneyhubinboxmalformedevent) |
//!
//! # MoneyhubInboxWebhooksLost
//!
//! Webhooks that Moneyhub has signed were answered with 503. Neither the store nor a spill folder took them, and Moneyhub
//! does not send them again.
//!
//! - **Look** in the log for `a webhook is lost`, with its id and event, and for the reason before it: `the store does not
//!   take a batch`, `the spill folder does not take a batch`.
//! - **Do** what [store down](#moneyhubinboxstoredown) says, at once. If the spill folder is full, give its disk room, or
//!   raise [`max_spill`](crate::InboxBuilder::max_spill). Without a folder, set [one](crate::InboxBuilder::spill).
//! - **Afterwards** fetch from Moneyhub's API what the lost ones were about.
//!
//! # MoneyhubInboxStoreDown
//!
//! The store of a process has not taken the last batch of signed webhooks, or can't be read. Webhooks go to the spill
//! folder; without one they are lost.
//!
//! - **Look** in the log for `the store does not take a batch`, with the error.
//!   - *SQLite*: is the disk full or read-only (`df`, `dmesg`)? Does another process hold a lock, such as a copy, a shell
//!     with an open transaction, or a second service (`fuser inbox.db`)?
//!   - *PostgreSQL*: is it up, and the primary (`SELECT pg_is_in_recovery()`)? Are there connections left, and does a
//!     synchronous standby answer? What waits for a lock: `SELECT pid, state, wait_event_type, query FROM
//!     pg_stat_activity WHERE query LIKE '%moneyhub_inbox%'`. If only some machines are down, it is their network or
//!     their password.
//! - **Do** bring the store back. Don't restart the service, and leave the spill folder where it is: what it has goes to
//!   the store within seconds.
//!
//! # MoneyhubInboxSpilled
//!
//! Webhooks have waited in the spill folder for 5 minutes. They were answered with 202, and nobody handles them yet.
//!
//! - **Look** whether the [store is down](#moneyhubinboxstoredown). If it is up, look in the log for `a file stays in the
//!   spill folder`: it names the file, and says why.
//! - **Do** bring the store back. A file that can't be read was damaged on the disk: each of its lines is a webhook in
//!   JSON. Stop the service, remove the line that is damaged, and start it.
//! - **Never** delete the folder, nor the machine that has it.
//!
//! # MoneyhubInboxLag
//!
//! A webhook that Moneyhub has signed was accepted 5 minutes ago, and is not handled yet. Nothing is lost.
//!
//! - **Look** at the attempts. If there are none, workers do not run: look in the log for `a worker can't reach the
//!   store`, and whether the process that calls `work` runs. If they fail, see [attempts
//!   fail](#moneyhubinboxattemptsfail). If they succeed, handlers are too slow, or too few.
//!   - *PostgreSQL*: an old snapshot, such as that of a dump, slows claims down: `SELECT pid, xact_start, query FROM
//!     pg_stat_activity ORDER BY xact_start LIMIT 5`.
//!   - *SQLite*: workers and arriving webhooks share one writer. If its disk is slow, `moneyhub_inbox_store_seconds`
//!     shows it.
//! - **Do** start more workers, here or, with PostgreSQL, on another machine. A single webhook that fails again and again
//!   raises the lag too: `SELECT key, attempts, reason, webhook FROM moneyhub_inbox.webhook WHERE dead_at IS NULL AND
//!   signed ORDER BY received_at LIMIT 5`.
//!
//! # MoneyhubInboxKeysMissing
//!
//! No cached key can verify a token. Bodies are kept, up to a quota of 10,000, and are verified when keys are back.
//!
//! - **Look** at `last_error` of `RemoteKeys::status`: DNS, a proxy, TLS, or the status that Moneyhub answers.
//! - **Do** restore access to the URL of the keys. Nothing else: what was kept is verified by itself.
//!
//! # MoneyhubInboxAllRejected
//!
//! Webhooks are rejected, and none that Moneyhub has signed was accepted for an hour, unlike the day before. Most likely a
//! setting is wrong, here or at Moneyhub.
//!
//! - **Look** at `moneyhub_webhooks_deliveries_total` by `outcome`. `audience`: the client id. `issuer`, `unknown_key`:
//!   another environment of Moneyhub. `unknown_key`, while `moneyhub_inbox_unverified` rises: [keys are
//!   missing](#moneyhubinboxkeysmissing), and more tokens come than the keys defer; the inbox keeps those too. `expired`,
//!   `not_yet_valid`: a clock. `format_rejected`: Moneyhub was switched to plain JSON. `body`, `signature`: a proxy that
//!   changes bodies.
//!   [`troubleshooting`](https://docs.rs/moneyhub-webhooks/latest/moneyhub_webhooks/guide/troubleshooting/index.html) has each.
//! - **Do** correct it. What was signed and rejected was kept: call [`reverify`](crate::Inbox::reverify). What was
//!   `expired` because this clock was ahead stays rejected, since its time of receipt is wrong: run workers with a higher
//!   `max_age` until none of it is left.
//!
//! # MoneyhubInboxKeysOld
//!
//! Fetches of keys fail. The cached ones verify for 24 hours, but not what is signed with a newer one.
//!
//! - **Look** and **do** as for [keys missing](#moneyhubinboxkeysmissing), with more time.
//!
//! # MoneyhubInboxDeadLetters
//!
//! Webhooks were given up: their handler said so, or failed for three days.
//!
//! - **Look** at [`dead_letters`](crate::Inbox::dead_letters): each has its reason. While the service runs, use a small
//!   program that opens the inbox with [`without_spill`](crate::InboxBuilder::without_spill).
//! - **Do** fix the handler, then [`requeue`](crate::Inbox::requeue) them. If they are not worth it, let the handler
//!   say [`Done`](crate::Handled::Done) about them, and requeue them all the same. Plain JSON may be anybody's.
//!
//! # MoneyhubInboxAttemptsFail
//!
//! More attempts fail than succeed. Each webhook is tried again for three days.
//!
//! - **Look** in the log for `an attempt failed`, with the reason: an error of the handler, its panic, or its time limit.
//! - **Do** fix the handler, or what it calls. A handler whose partner is down says
//!   [`RetryAfter`](crate::Handled::RetryAfter).
//!
//! # MoneyhubInboxUnsignedLag
//!
//! Plain JSON has waited for an hour. Anyone can send some that no handler can handle, and all of it waits while
//! webhooks that Moneyhub has signed are due.
//!
//! - **Look** and **do** as for [lag](#moneyhubinboxlag), with `NOT signed`. A handler should say
//!   [`Dead`](crate::Handled::Dead) about what can't be true.
//! - If you accept nothing but plain JSON, `moneyhub_inbox_lag_seconds` is the one to page on: change the rule of
//!   [lag](#moneyhubinboxlag).
//!
//! # MoneyhubInboxRejectedSigned
//!
//! Bodies were signed by the issuer and rejected, and are kept, up to a quota of 1,000. They may be yours, with a wrong
//! setting. They may be another client's, who posts its own genuine tokens to you: that is harmless. Among them are bodies
//! that could not be verified: for three days, by a worker with other settings, or with a key that this version ignores
//! (`KeySet::ignored` says why). Their reason begins with `its key was not available`.
//!
//! - **Look** at the reasons: `SELECT reason, count(*), max(received_at) FROM moneyhub_inbox.body WHERE kind = 1 GROUP BY
//!   reason`.
//! - **Do** correct the setting and call [`reverify`](crate::Inbox::reverify): they are verified under the current
//!   policy, as of their receipt. If they are not yours: `DELETE FROM moneyhub_inbox.body WHERE kind = 1`.
//!
//! # MoneyhubInboxUnverified
//!
//! There have been bodies without their key for 15 minutes.
//!
//! - **Look** at the keys, as for [keys missing](#moneyhubinboxkeysmissing). If they are well, look whether workers
//!   run: they verify these bodies. If they do, somebody may send tokens with made-up key ids all the time, of which
//!   each waits for 5 minutes: `SELECT min(received_at) FROM moneyhub_inbox.body WHERE kind = 0`.
//! - **Do** nothing else. What can't be verified for three days is kept as rejected, or stays while that quota is used up.
//!
//! # MoneyhubInboxNotKept
//!
//! A quota for what anyone can send is used up, or the store was down without a spill folder.
//!
//! - **Look** at the kind, and at `moneyhub_inbox_store_up`. `unsigned`: somebody floods you with plain JSON, handlers
//!   are slower than it arrives, or dead letters of plain JSON fill the quota. `unverified`: keys were missing for
//!   long, or somebody sends tokens with made-up key ids, over 30 a second. `rejected`: see [rejected
//!   signed](#moneyhubinboxrejectedsigned).
//! - **Do** accept signed tokens only, if Moneyhub sends you those. Otherwise limit who can post, or raise
//!   [`quotas`](crate::InboxBuilder::quotas).
//!
//! # MoneyhubInboxMalformedEvent
//!
//! An event of a known type was accepted in a form that this version of `moneyhub-webhooks` does not know. Its handler got
//! `Event::Malformed`.
//!
//! - **Look** in the log for its path and reason. If it is `unsigned`, it may be anybody's.
//! - **Do** decode it by a type of your own, and look for a newer version: that reads the dead letters, once you
//!   [`requeue`](crate::Inbox::requeue) them. What a handler has called `Done` is gone, so let it say `Dead`, as the
//!   examples do. See [`changes`](https://docs.rs/moneyhub-webhooks/latest/moneyhub_webhooks/guide/changes/index.html).
