-- Takes webhooks that are due. The attempt is counted before it begins, and the next one is set for after the lease and
-- a pause that doubles: a worker that crashes has failed like any other. $5 leaves out dead index entries at the head.
WITH next AS (
    SELECT key, due_at FROM moneyhub_inbox.webhook
    WHERE dead_at IS NULL AND due_at <= $1 AND due_at >= $5
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE moneyhub_inbox.webhook AS webhook
SET attempts = attempts + 1,
    due_at = $3 + least(power(2, least(attempts, 12)), $4) * interval '1 second'
FROM next
WHERE webhook.key = next.key
RETURNING webhook.key, attempts, webhook.webhook, give_up_at, next.due_at AS was_due_at
