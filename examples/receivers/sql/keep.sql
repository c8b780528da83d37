-- Stores a body that could not be judged. 0 rows: it would be over the cap.
WITH room AS (
    UPDATE moneyhub.unjudged_size SET bytes = bytes + octet_length($1::bytea) + 256
    WHERE bytes + octet_length($1::bytea) + 256 <= $3::bigint
    RETURNING bytes
)
INSERT INTO moneyhub.unjudged (body, received_at, accepted)
SELECT $1, $2, false FROM room;
