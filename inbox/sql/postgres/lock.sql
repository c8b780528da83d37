-- Begins the transaction of the effects: locks what was claimed, and nobody has claimed again or handled since. It does
-- not skip what is locked: a claim of another worker locks a row for a moment before it sees that it is not due.
SELECT key, attempts FROM moneyhub_inbox.webhook
WHERE key = ANY ($1) AND dead_at IS NULL
ORDER BY key
FOR UPDATE
