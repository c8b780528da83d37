DELETE FROM moneyhub_inbox.webhook WHERE key = $1 AND attempts = $2
