SELECT key, webhook, attempts, coalesce(reason, '') AS reason, dead_at FROM moneyhub_inbox.webhook
WHERE dead_at IS NOT NULL AND ($2::bytea IS NULL OR key = $2) ORDER BY dead_at, key LIMIT $1
