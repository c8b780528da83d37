-- Since when keys are remembered without a gap, and when that was last confirmed.
SELECT since, alive_at FROM moneyhub_inbox.memory
