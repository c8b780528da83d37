-- Since when keys are remembered without a gap, when that was last confirmed, and by which server.
SELECT since, alive_at, server FROM moneyhub_inbox.memory
