//! The SQL. The files in `sql/postgres` have the same names, and the reasons.

pub(super) const REMEMBER: &str = "
    INSERT INTO remembered (key, until, received_at, signed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO NOTHING";

pub(super) const INSERT: &str = "
    INSERT INTO webhook (key, received_at, signed, webhook, size, due_at, give_up_at, reason, dead_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(super) const KEEP: &str = "
    INSERT INTO body (kind, hash, received_at, body, size, due_at, reason)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (kind, hash) DO NOTHING";

pub(super) const USAGE: &str = "
    SELECT 0, count(*), coalesce(sum(size), 0) FROM webhook WHERE NOT signed
    UNION ALL
    SELECT 1 + kind, count(*), coalesce(sum(size), 0) FROM body GROUP BY kind";

pub(super) const CLAIM: &str = "
    UPDATE webhook
    SET attempts = attempts + 1, due_at = ?3 + min(1 << min(attempts, 12), ?4) * 1000000
    WHERE rowid IN (
        SELECT rowid FROM webhook WHERE dead_at IS NULL AND signed = ?5 AND due_at <= ?1 ORDER BY due_at LIMIT ?2
    )
    RETURNING key, attempts, webhook, give_up_at";

pub(super) const DONE: &str = "
    DELETE FROM webhook
    WHERE key = ?1 AND attempts = ?2 AND received_at = (SELECT received_at FROM remembered WHERE key = ?1)";

pub(super) const FAILED: &str = "
    UPDATE webhook SET due_at = coalesce(?3, due_at), dead_at = ?4, reason = ?5
    WHERE key = ?1 AND attempts = ?2 AND received_at = (SELECT received_at FROM remembered WHERE key = ?1)
        AND dead_at IS NULL";

pub(super) const UNVERIFIED: &str = "
    UPDATE body SET due_at = ?3
    WHERE kind = 0 AND hash IN (
        SELECT hash FROM body INDEXED BY body_due WHERE kind = 0 AND due_at <= ?1 ORDER BY due_at LIMIT ?2
    )
    RETURNING body, received_at, reason";

pub(super) const REMOVE: &str = "DELETE FROM body WHERE kind = ?1 AND hash = ?2";

/// A body that is both stays rejected.
pub(super) const REVERIFY: &str = "UPDATE OR IGNORE body SET kind = 0, due_at = ?1 WHERE kind = 1";

pub(super) const PRUNE: &str = "
    DELETE FROM remembered WHERE key IN (
        SELECT key FROM remembered
        WHERE until < ?1 AND NOT EXISTS (
            SELECT 1 FROM webhook
            WHERE webhook.received_at = remembered.received_at AND webhook.key = remembered.key
        )
        ORDER BY until
        LIMIT ?2
    )";

pub(super) const PRUNE_UNSIGNED: &str = "
    DELETE FROM remembered WHERE key IN (
        SELECT key FROM remembered
        WHERE NOT signed
            AND until <= (SELECT until FROM remembered WHERE NOT signed ORDER BY until DESC LIMIT 1 OFFSET ?1)
            AND NOT EXISTS (
                SELECT 1 FROM webhook
                WHERE webhook.received_at = remembered.received_at AND webhook.key = remembered.key
            )
        ORDER BY until
        LIMIT ?2
    )";

pub(super) const COUNTS: &str = "
    SELECT
        count(*),
        min(received_at),
        min(received_at) FILTER (WHERE signed),
        (SELECT count(*) FROM webhook WHERE dead_at IS NOT NULL),
        (SELECT count(*) FROM body WHERE kind = 0),
        (SELECT count(*) FROM body WHERE kind = 1)
    FROM webhook WHERE dead_at IS NULL";

pub(super) const DEAD: &str = "
    SELECT key, webhook, attempts, coalesce(reason, ''), dead_at FROM webhook
    WHERE dead_at IS NOT NULL AND (?2 IS NULL OR key = ?2) ORDER BY dead_at, key LIMIT ?1";

pub(super) const REQUEUE_ALL: &str = "
    UPDATE webhook SET dead_at = NULL, attempts = 0, due_at = ?1, give_up_at = ?2
    WHERE rowid IN (SELECT rowid FROM webhook WHERE dead_at <= ?1 ORDER BY dead_at LIMIT ?3)";

pub(super) const REQUEUE_ONE: &str = "
    UPDATE webhook SET dead_at = NULL, attempts = 0, due_at = ?1, give_up_at = ?2
    WHERE key = ?3 AND received_at = (SELECT received_at FROM remembered WHERE key = ?3) AND dead_at IS NOT NULL";

/// A pause (?2) is a gap. There is no server that could tell a copy of the file from the file.
pub(super) const MEMORY: &str = "
    INSERT INTO memory (only_row, since, alive_at) VALUES (1, ?1, ?1)
    ON CONFLICT (only_row) DO UPDATE SET
        since = CASE WHEN alive_at < ?2 THEN excluded.since ELSE since END,
        alive_at = max(alive_at, excluded.alive_at)
    RETURNING since";

pub(super) const REMEMBERS: &str = "SELECT since, alive_at FROM memory";
