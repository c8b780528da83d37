-- Ends the transaction of the effect. The key of the webhook stays in `receipt`.
DELETE FROM moneyhub.webhook WHERE replay_key = $1;
