-- $1: which ones; NULL: the oldest until $2, $4 at a time.
UPDATE moneyhub_inbox.webhook SET dead_at = NULL, attempts = 0, due_at = $2, give_up_at = $3
WHERE key = ANY (ARRAY(
    SELECT key FROM moneyhub_inbox.webhook
    WHERE dead_at IS NOT NULL AND CASE WHEN $1::bytea[] IS NULL THEN dead_at <= $2 ELSE key = ANY ($1) END
    ORDER BY dead_at
    LIMIT CASE WHEN $1 IS NULL THEN $4 END
    FOR UPDATE
))
