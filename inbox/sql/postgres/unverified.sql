-- Takes unverified bodies that are due, and sets when they are due again.
UPDATE moneyhub_inbox.body AS body SET due_at = $3
FROM (
    SELECT kind, hash FROM moneyhub_inbox.body
    WHERE kind = 0 AND due_at <= $1
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS next
WHERE body.kind = next.kind AND body.hash = next.hash
RETURNING body.body, received_at, reason
