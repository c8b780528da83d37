-- Takes webhooks that are due, those that Moneyhub has signed first: however many others anyone has sent, they wait
-- behind these. The attempt is counted before it begins, and the next one is set for after the lease and a pause that
-- doubles: a worker that crashes has failed like any other. $5 and $6 leave out dead index entries at the head.
WITH signed AS (
    SELECT key, due_at FROM moneyhub_inbox.webhook
    WHERE dead_at IS NULL AND signed AND due_at <= $1 AND due_at >= $5
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
),
unsigned AS (
    SELECT key, due_at FROM moneyhub_inbox.webhook
    WHERE dead_at IS NULL AND NOT signed AND due_at <= $1 AND due_at >= $6
    ORDER BY due_at
    LIMIT $2 - (SELECT count(*) FROM signed)
    FOR UPDATE SKIP LOCKED
)
UPDATE moneyhub_inbox.webhook
SET attempts = attempts + 1,
    due_at = $3 + least(power(2, least(attempts, 12)), $4) * interval '1 second'
WHERE key = ANY (ARRAY(SELECT key FROM signed UNION ALL SELECT key FROM unsigned))
RETURNING key, attempts, webhook, give_up_at,
    (SELECT min(due_at) FROM signed) AS oldest_signed, (SELECT min(due_at) FROM unsigned) AS oldest_unsigned
