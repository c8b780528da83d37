-- An unjudged body whose keys are still wanting waits for them.
UPDATE moneyhub.unjudged SET next_attempt_at = now() + $2::float8 * interval '1 second', reason = $3 WHERE id = $1;
