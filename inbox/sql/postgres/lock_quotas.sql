-- One machine at a time: none exceeds a quota because another one does not see its rows yet. A statement of its own: the
-- next one sees what was committed before it begins, and not what was committed while it waits.
SELECT pg_advisory_xact_lock(6216391740712349527)
