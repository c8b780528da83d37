DELETE FROM moneyhub_inbox.body WHERE kind = $1 AND hash = $2
