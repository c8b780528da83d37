-- The effect of the sample handler in src/bin/postgres_worker.rs: how often each webhook was handled, which is once. Yours
-- is in its place.
CREATE TABLE moneyhub.sample_effect (
    webhook_id text PRIMARY KEY,
    times bigint NOT NULL
);
