-- Notes why an attempt failed, and when the next one is due, or that there is none.
UPDATE moneyhub_inbox.webhook SET due_at = coalesce($3, due_at), dead_at = $4, reason = $5
WHERE key = $1 AND attempts = $2 AND dead_at IS NULL
