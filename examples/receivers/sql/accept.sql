-- Stores an accepted webhook. 1 row: it is new, and stored; 0 rows: a copy of it was stored before.
WITH fresh AS (
    INSERT INTO moneyhub.receipt (replay_key, received_at)
    VALUES (decode($1, 'hex'), $2)
    ON CONFLICT (replay_key) DO NOTHING
    RETURNING replay_key, received_at
)
INSERT INTO moneyhub.webhook (replay_key, received_at, event, user_id, issuer, key_id, body)
SELECT replay_key, received_at, $3, $4, $5, $6, $7 FROM fresh;
