-- Makes rejected bodies unverified again: workers verify them under the policy of now, as of their receipt. One that a
-- worker has just rejected, and not removed yet, stays: that worker removes the other one.
UPDATE moneyhub_inbox.body SET kind = 0, due_at = $1
WHERE kind = 1 AND NOT EXISTS (
    SELECT FROM moneyhub_inbox.body AS unverified WHERE unverified.kind = 0 AND unverified.hash = body.hash
)
