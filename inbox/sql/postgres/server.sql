-- The system identifier, which a copy shares, and the timeline, which a restore or a promotion begins.
SELECT system_identifier || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()
