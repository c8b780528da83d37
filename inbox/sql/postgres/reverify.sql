-- Makes rejected bodies unverified again: workers verify them under the policy of now, as of their receipt.
WITH rejected AS (DELETE FROM moneyhub_inbox.body WHERE kind = 1 RETURNING *)
INSERT INTO moneyhub_inbox.body (kind, hash, received_at, body, size, due_at, reason)
SELECT 0, hash, received_at, body, size, $1, reason FROM rejected
ON CONFLICT (kind, hash) DO NOTHING
