-- Every webhook that was accepted, once: the unique key that a copy meets. Rows are never updated, and workers prune them
-- (sql/prune.sql). The table is not partitioned: a unique key would have to hold the partition's column, the time, and two
-- copies that come at two times would both be fresh.
CREATE TABLE moneyhub.receipt (
    replay_key bytea PRIMARY KEY,
    received_at timestamptz NOT NULL
);
CREATE INDEX receipt_received_at ON moneyhub.receipt (received_at);

-- What was accepted and is not handled yet, and what workers have given up. A worker deletes the row in the transaction of
-- the effect, so that the table stays as small as the backlog.
CREATE TABLE moneyhub.webhook (
    replay_key bytea PRIMARY KEY,
    -- For people who look: workers read the body, and verify it again.
    event text NOT NULL,
    user_id text,
    -- Who vouches for it. NULL: it is plain JSON, which anyone can post.
    issuer text,
    key_id text,
    -- As it came, byte for byte. Text of the database holds no NUL, and what was not judged may be anything.
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    -- Why the last attempt failed.
    reason text,
    -- A dead letter since then.
    dead_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX webhook_due ON moneyhub.webhook (next_attempt_at) WHERE dead_at IS NULL;

-- What workers have to judge first: there were no keys at the receipt, or the database did not take it and it was on the
-- disk of a receiver meanwhile.
CREATE TABLE moneyhub.unjudged (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    -- Whether the receipt has judged it, and nobody may refuse it any more.
    accepted boolean NOT NULL,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    reason text,
    dead_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX unjudged_due ON moneyhub.unjudged (next_attempt_at) WHERE dead_at IS NULL;

-- The bytes in it that strangers may have sent, for the cap. A row each takes 256 bytes besides its body.
CREATE TABLE moneyhub.unjudged_size (bytes bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO moneyhub.unjudged_size VALUES (0);
