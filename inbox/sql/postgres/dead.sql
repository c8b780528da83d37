SELECT key, webhook, attempts, coalesce(reason, '') AS reason, dead_at FROM moneyhub_inbox.webhook
WHERE dead_at IS NOT NULL ORDER BY dead_at, key LIMIT $1
