-- Confirms at $1 that this server ($3) remembers keys. A pause since the last time ($2), or another server (restored
-- from a copy, or promoted), is a gap: what was accepted meanwhile may not be remembered.
INSERT INTO moneyhub_inbox.memory AS memory (since, alive_at, server) VALUES ($1, $1, $3)
ON CONFLICT (only_row) DO UPDATE SET
    since = CASE
        WHEN memory.alive_at < $2 OR memory.server <> excluded.server THEN excluded.since
        ELSE memory.since
    END,
    alive_at = greatest(memory.alive_at, excluded.alive_at),
    server = excluded.server
RETURNING since
