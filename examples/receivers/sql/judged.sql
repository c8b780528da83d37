-- A body is judged: it is among the webhooks now, or refused.
WITH judged AS (
    DELETE FROM moneyhub.unjudged WHERE id = $1 RETURNING octet_length(body) + 256 AS size, accepted
)
UPDATE moneyhub.unjudged_size SET bytes = bytes - size FROM judged WHERE NOT accepted;
