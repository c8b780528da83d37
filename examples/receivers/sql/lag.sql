-- How far workers are behind: what waits, since when (in seconds), what has no verdict yet, and what was given up.
SELECT
    count(*) FILTER (WHERE dead_at IS NULL) AS waiting,
    coalesce(extract(epoch FROM now() - min(received_at) FILTER (WHERE dead_at IS NULL)), 0)::float8 AS oldest,
    count(*) FILTER (WHERE dead_at IS NULL AND unjudged) AS unjudged,
    count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead
FROM (
    SELECT received_at, dead_at, false AS unjudged FROM moneyhub.webhook
    UNION ALL
    SELECT received_at, dead_at, true FROM moneyhub.unjudged
) AS rows;
