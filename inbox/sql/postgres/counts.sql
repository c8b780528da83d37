SELECT
    (SELECT count(*) FROM moneyhub_inbox.webhook WHERE dead_at IS NULL) AS waiting,
    (SELECT min(received_at) FROM moneyhub_inbox.webhook WHERE dead_at IS NULL) AS oldest,
    (SELECT count(*) FROM moneyhub_inbox.webhook WHERE dead_at IS NOT NULL) AS dead,
    (SELECT count(*) FROM moneyhub_inbox.body WHERE kind = 0) AS unverified,
    (SELECT count(*) FROM moneyhub_inbox.body WHERE kind = 1) AS rejected
