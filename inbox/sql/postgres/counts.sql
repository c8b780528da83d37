-- One scan for what waits, because a large backlog is counted too.
SELECT
    count(*) AS waiting,
    min(received_at) AS oldest,
    min(received_at) FILTER (WHERE signed) AS oldest_signed,
    (SELECT count(*) FROM moneyhub_inbox.webhook WHERE dead_at IS NOT NULL) AS dead,
    (SELECT count(*) FROM moneyhub_inbox.body WHERE kind = 0) AS unverified,
    (SELECT count(*) FROM moneyhub_inbox.body WHERE kind = 1) AS rejected
FROM moneyhub_inbox.webhook WHERE dead_at IS NULL
