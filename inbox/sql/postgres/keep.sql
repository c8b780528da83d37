-- Keeps bodies that were not accepted, once a token. Returns those that were not kept before.
INSERT INTO moneyhub_inbox.body (kind, hash, received_at, body, size, due_at, reason)
SELECT kind, hash, received_at, body, octet_length(body), $5, reason
FROM unnest($1::smallint[], $2::bytea[], $3::timestamptz[], $4::text[], $6::text[])
    AS new (kind, hash, received_at, body, reason)
ORDER BY kind, hash
ON CONFLICT (kind, hash) DO NOTHING
RETURNING kind, hash
