-- As in ../../migrations, where each column is explained. Times are microseconds since 1970.

-- Keys are hashes: each one changes a page of its own here. So this is the only index that begins with them, and it says
-- when the webhook was received, by which its row is found in the other one.
CREATE TABLE remembered (
    key BLOB PRIMARY KEY,
    until INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    signed INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX remembered_until ON remembered (until);
-- With `signed`: otherwise each key that is counted would be looked up.
CREATE INDEX remembered_unsigned ON remembered (until, signed) WHERE NOT signed;

CREATE TABLE webhook (
    key BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    signed INTEGER NOT NULL,
    webhook TEXT NOT NULL,
    size INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    give_up_at INTEGER NOT NULL,
    reason TEXT,
    dead_at INTEGER,
    PRIMARY KEY (received_at, key)
) STRICT;
CREATE INDEX webhook_due ON webhook (signed, due_at) WHERE dead_at IS NULL;
CREATE INDEX webhook_dead ON webhook (dead_at) WHERE dead_at IS NOT NULL;
CREATE INDEX webhook_unsigned ON webhook (size) WHERE NOT signed;

CREATE TABLE body (
    kind INTEGER NOT NULL,
    hash BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    size INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (kind, hash)
) STRICT;
CREATE INDEX body_size ON body (kind, size);
-- With `hash`: otherwise each body that is not due would be read.
CREATE INDEX body_due ON body (due_at, hash) WHERE kind = 0;

CREATE TABLE memory (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    since INTEGER NOT NULL,
    alive_at INTEGER NOT NULL
) STRICT;
