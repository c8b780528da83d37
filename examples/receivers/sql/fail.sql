-- Notes why an attempt failed. After $4 attempts the webhook is a dead letter.
UPDATE moneyhub.webhook SET reason = $3, dead_at = CASE WHEN attempts >= $4 THEN now() END
WHERE replay_key = $1 AND attempts = $2 AND dead_at IS NULL;
