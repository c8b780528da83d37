-- For this transaction alone, since the connection is one of the user's pool: a commit is on disk when it returns,
-- neither a lock nor a machine that is gone holds others up for long, and a statement whose client has given up ends.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL synchronous_commit = on;
SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '10s';
SET LOCAL idle_in_transaction_session_timeout = '5s'
