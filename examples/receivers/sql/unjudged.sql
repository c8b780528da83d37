-- The next body to judge. It is locked until the transaction ends.
SELECT id, body, received_at, accepted FROM moneyhub.unjudged
WHERE dead_at IS NULL AND next_attempt_at <= now()
ORDER BY next_attempt_at
LIMIT 1
FOR UPDATE SKIP LOCKED;
