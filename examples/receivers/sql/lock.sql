-- Begins the transaction of the effect. 0 rows: another worker has it, or has handled it.
SELECT replay_key FROM moneyhub.webhook
WHERE replay_key = $1 AND attempts = $2 AND dead_at IS NULL
FOR UPDATE SKIP LOCKED;
