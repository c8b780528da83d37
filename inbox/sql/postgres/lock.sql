-- Begins the transaction of the effects: locks what was claimed, and nobody has claimed again or handled since.
SELECT key FROM moneyhub_inbox.webhook JOIN unnest($1::bytea[], $2::integer[]) AS claim (key, attempts)
    USING (key, attempts)
WHERE dead_at IS NULL
ORDER BY key
FOR UPDATE OF webhook SKIP LOCKED
