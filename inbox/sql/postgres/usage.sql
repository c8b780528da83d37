-- What is used of each quota.
SELECT 0 AS quota, count(*) AS rows, coalesce(sum(size), 0)::bigint AS bytes
FROM moneyhub_inbox.webhook WHERE NOT signed
UNION ALL
SELECT 1 + kind, count(*), coalesce(sum(size), 0)::bigint FROM moneyhub_inbox.body GROUP BY kind
