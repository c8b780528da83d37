-- The keys of the webhooks that were accepted: by them a copy is recognized, long after its row below is gone. Rows are
-- never updated. Not partitioned: a unique key would then have to include the time, and a copy comes at another time.
CREATE TABLE moneyhub_inbox.remembered (
    key bytea PRIMARY KEY,
    until timestamptz NOT NULL,
    -- Plain JSON is not: anyone can add keys to those, so only the newest are remembered.
    signed boolean NOT NULL
);
CREATE INDEX remembered_until ON moneyhub_inbox.remembered (until);
CREATE INDEX remembered_unsigned ON moneyhub_inbox.remembered (until) WHERE NOT signed;

-- Webhooks that were accepted and are not handled yet, and dead letters. Handling one deletes its row.
CREATE TABLE moneyhub_inbox.webhook (
    key bytea PRIMARY KEY,
    received_at timestamptz NOT NULL,
    -- Plain JSON is not: anyone can post it, so it has a quota.
    signed boolean NOT NULL,
    -- The `StoredWebhook` as JSON. Not `jsonb`, which reorders it.
    webhook text NOT NULL,
    size integer NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    -- When it becomes a dead letter if it is not handled by then.
    give_up_at timestamptz NOT NULL,
    -- Why the last attempt failed.
    reason text,
    -- A dead letter since then.
    dead_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
-- Compression would cost more than a row that lives for milliseconds is worth.
ALTER TABLE moneyhub_inbox.webhook ALTER COLUMN webhook SET STORAGE EXTERNAL;
CREATE INDEX webhook_due ON moneyhub_inbox.webhook (signed, due_at) WHERE dead_at IS NULL;
CREATE INDEX webhook_dead ON moneyhub_inbox.webhook (dead_at) WHERE dead_at IS NOT NULL;
CREATE INDEX webhook_unsigned ON moneyhub_inbox.webhook (size) WHERE NOT signed;

-- Bodies that were not accepted. Kind 0: their key was not available, so workers verify them later. Kind 1: signed by
-- the issuer, and rejected; or never verified, as the reason says.
CREATE TABLE moneyhub_inbox.body (
    kind smallint NOT NULL,
    -- The SHA-256 of the token without its signature.
    hash bytea NOT NULL,
    received_at timestamptz NOT NULL,
    body text NOT NULL,
    size integer NOT NULL,
    due_at timestamptz NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (kind, hash)
);
CREATE INDEX body_size ON moneyhub_inbox.body (kind, size);
CREATE INDEX body_due ON moneyhub_inbox.body (due_at) WHERE kind = 0;

-- One row: since when keys have been remembered without a gap, when that was last confirmed, and by which server.
CREATE TABLE moneyhub_inbox.memory (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    since timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    server text NOT NULL
);
