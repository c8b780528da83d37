-- $1: which ones; NULL: all.
UPDATE moneyhub_inbox.webhook SET dead_at = NULL, attempts = 0, due_at = $2, give_up_at = $3
WHERE dead_at IS NOT NULL AND ($1::bytea[] IS NULL OR key = ANY ($1))
