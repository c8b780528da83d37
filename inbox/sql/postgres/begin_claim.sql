-- The statistics of a queue are always wrong. Without these settings a claim sorts the whole queue, once it is long. A
-- claim that is lost in a crash of the server is an attempt that is not counted: it need not wait for the disk.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = '2s';
SET LOCAL synchronous_commit = off;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_sort = off
