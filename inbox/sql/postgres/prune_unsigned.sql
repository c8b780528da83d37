-- Forgets keys of plain JSON, the oldest first, but for the $1 newest. $2 at a time.
DELETE FROM moneyhub_inbox.remembered WHERE key IN (
    SELECT key FROM moneyhub_inbox.remembered
    WHERE NOT signed
        AND until <= (SELECT until FROM moneyhub_inbox.remembered WHERE NOT signed ORDER BY until DESC OFFSET $1 LIMIT 1)
        AND NOT EXISTS (SELECT FROM moneyhub_inbox.webhook WHERE webhook.key = remembered.key)
    ORDER BY until
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
