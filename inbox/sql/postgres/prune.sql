-- Forgets keys whose time is over, $2 at a time. A webhook that is not handled yet is remembered.
DELETE FROM moneyhub_inbox.remembered WHERE key IN (
    SELECT key FROM moneyhub_inbox.remembered
    WHERE until < $1 AND NOT EXISTS (SELECT FROM moneyhub_inbox.webhook WHERE webhook.key = remembered.key)
    ORDER BY until
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
