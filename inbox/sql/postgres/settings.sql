-- For this transaction alone, since the connection is one of the user's pool: a commit is on disk when it returns, and a
-- handler that was dropped at its time limit leaves no statement and no transaction behind.
SELECT
    set_config('statement_timeout', $1, true),
    set_config('idle_in_transaction_session_timeout', $1, true),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' WHEN 'local' THEN 'on' ELSE current_setting('synchronous_commit') END, true),
    pg_backend_pid() AS pid
