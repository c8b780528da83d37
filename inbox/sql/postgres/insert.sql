-- Stores accepted webhooks together with their keys, both or neither. Returns the keys of those that are new. The order
-- is that of the keys: two machines that store the same webhooks in different orders would deadlock.
WITH batch AS (
    SELECT * FROM unnest($1::bytea[], $2::timestamptz[], $3::timestamptz[], $4::boolean[], $5::text[], $6::text[])
        AS batch (key, until, received_at, signed, webhook, dead)
),
fresh AS (
    INSERT INTO moneyhub_inbox.remembered (key, until)
    SELECT key, until FROM batch ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING key
),
stored AS (
    INSERT INTO moneyhub_inbox.webhook
        (key, received_at, signed, webhook, size, due_at, give_up_at, reason, dead_at)
    SELECT key, received_at, signed, webhook, octet_length(webhook), $7, $8, dead, CASE WHEN dead IS NOT NULL THEN $7 END
    FROM batch JOIN fresh USING (key)
)
SELECT key FROM fresh
