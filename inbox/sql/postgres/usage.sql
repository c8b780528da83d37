-- What is used of each quota. One machine at a time: none exceeds a quota because another one does not see its rows yet.
SELECT quota, rows, bytes FROM pg_advisory_xact_lock(6216391740712349527), (
    SELECT 0 AS quota, count(*) AS rows, coalesce(sum(size), 0)::bigint AS bytes
    FROM moneyhub_inbox.webhook WHERE NOT signed
    UNION ALL
    SELECT 1 + kind, count(*), coalesce(sum(size), 0)::bigint FROM moneyhub_inbox.body GROUP BY kind
) AS usage
