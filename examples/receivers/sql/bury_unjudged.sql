-- A body that can't be judged any more is a dead letter. No stranger can add to those at will: the cap has held it for days.
WITH buried AS (
    UPDATE moneyhub.unjudged SET dead_at = now(), reason = $2 WHERE id = $1
    RETURNING octet_length(body) + 256 AS size, accepted
)
UPDATE moneyhub.unjudged_size SET bytes = bytes - size FROM buried WHERE NOT accepted;
