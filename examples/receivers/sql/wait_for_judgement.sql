UPDATE moneyhub.unjudged SET next_attempt_at = now() + $2::float8 * interval '1 second', reason = $3 WHERE id = $1;
