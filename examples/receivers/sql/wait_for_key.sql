-- An accepted webhook whose key is wanting waits for it. That is no failure of the handler.
UPDATE moneyhub.webhook
SET attempts = attempts - 1, next_attempt_at = now() + $3::float8 * interval '1 second', reason = $4
WHERE replay_key = $1 AND attempts = $2 AND dead_at IS NULL;
