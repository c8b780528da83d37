-- Forgets what was received before $1, some of it at a time. What is not handled yet is remembered, however old it is.
DELETE FROM moneyhub.receipt WHERE replay_key IN (
    SELECT replay_key FROM moneyhub.receipt
    WHERE received_at < $1
        AND NOT EXISTS (SELECT FROM moneyhub.webhook WHERE webhook.replay_key = receipt.replay_key)
    ORDER BY received_at
    LIMIT 5000
    FOR UPDATE SKIP LOCKED
);
