-- Dead letters are tried again, when the reason is gone.
UPDATE moneyhub.webhook SET dead_at = NULL, attempts = 0, next_attempt_at = now() WHERE dead_at IS NOT NULL;
