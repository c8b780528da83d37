-- Keeps a body that was not accepted, once a token.
INSERT INTO moneyhub_inbox.body (kind, hash, received_at, body, size, due_at, reason)
VALUES ($1, $2, $3, $4, octet_length($4), $5, $6)
ON CONFLICT (kind, hash) DO NOTHING
