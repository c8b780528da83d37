-- Removes what was handled, unless it was claimed again meanwhile. The first condition is for the index.
DELETE FROM moneyhub_inbox.webhook
WHERE key = ANY ($1) AND (key, attempts) IN (SELECT * FROM unnest($1::bytea[], $2::integer[]))
