-- The statistics of a queue are always wrong. Without these settings a claim sorts the whole queue, once it is long. A
-- claim that is lost in a crash of the server is an attempt that is not counted: it need not wait for the disk. Without
-- the limits a worker whose machine is gone would hold its rows until the server notices, after hours.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '10s';
SET LOCAL idle_in_transaction_session_timeout = '5s';
SET LOCAL synchronous_commit = off;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_sort = off
