-- As in begin.sql. $1 ends what a handler has left behind that was dropped at its time limit, if nobody else does.
SELECT
    set_config('synchronous_commit', 'on', true),
    set_config('statement_timeout', $1, true),
    set_config('idle_in_transaction_session_timeout', $1, true),
    pid,
    backend_start
FROM pg_stat_get_activity(pg_backend_pid())
