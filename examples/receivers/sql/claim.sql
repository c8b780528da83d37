-- Takes the next webhook that is due. The attempt is counted, and the next one set, before this one begins: a worker that
-- crashes has failed like any other. $1: seconds to the second attempt, doubled from each to the next; $2: at most so many.
UPDATE moneyhub.webhook
SET attempts = attempts + 1,
    next_attempt_at = now() + least($1::float8 * 2 ^ least(attempts, 30), $2::float8) * interval '1 second'
WHERE replay_key = (
    SELECT replay_key FROM moneyhub.webhook
    WHERE dead_at IS NULL AND next_attempt_at <= now()
    ORDER BY next_attempt_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING replay_key, body, received_at, attempts, reason;
