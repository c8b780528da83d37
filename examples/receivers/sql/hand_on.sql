-- Stores what was accepted while the database did not take it. It is judged again for what the row of `webhook` holds.
INSERT INTO moneyhub.unjudged (body, received_at, accepted) VALUES ($1, $2, true);
