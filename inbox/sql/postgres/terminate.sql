-- Ends a session, unless another one has its number by now.
SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity($1) WHERE backend_start = $2
