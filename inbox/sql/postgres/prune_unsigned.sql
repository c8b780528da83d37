-- Forgets keys of plain JSON, the oldest first, but for the $1 newest. Some of them at a time, as in prune.sql.
DELETE FROM moneyhub_inbox.remembered WHERE key IN (
    SELECT key FROM moneyhub_inbox.remembered
    WHERE NOT signed
        AND until <= (SELECT until FROM moneyhub_inbox.remembered WHERE NOT signed ORDER BY until DESC OFFSET $1 LIMIT 1)
        AND NOT EXISTS (SELECT FROM moneyhub_inbox.webhook WHERE webhook.key = remembered.key)
    ORDER BY until
    LIMIT 5000
    FOR UPDATE SKIP LOCKED
)
