-- Stores accepted webhooks together with their keys, both or neither, and notifies workers. Returns the keys of those
-- that are new. The order is that of the keys: two machines that store the same webhooks in different orders would
-- deadlock.
--
-- It is a transaction by itself: one round trip. The settings, the first two of begin.sql, hold until its end. Each row
-- comes by way of them, so they are made before the first one is written.
WITH settings AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'on', true), set_config('lock_timeout', '2s', true)
),
batch AS (
    SELECT batch.*
    FROM settings, unnest($1::bytea[], $2::timestamptz[], $3::timestamptz[], $4::boolean[], $5::text[], $6::text[])
        AS batch (key, until, received_at, signed, webhook, dead)
),
fresh AS (
    INSERT INTO moneyhub_inbox.remembered (key, until, signed)
    SELECT key, until, signed FROM batch ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING key
),
stored AS (
    INSERT INTO moneyhub_inbox.webhook
        (key, received_at, signed, webhook, size, due_at, give_up_at, reason, dead_at)
    SELECT key, received_at, signed, webhook, octet_length(webhook), $7, $8, dead, CASE WHEN dead IS NOT NULL THEN $7 END
    FROM batch JOIN fresh USING (key)
)
-- The server sends equal notifications of a transaction once.
SELECT key, pg_notify('moneyhub_inbox', '') FROM fresh
