DELETE FROM stripe_inbox WHERE account_id = ?1 AND mode = ?2 AND event_id IN
(SELECT event_id FROM stripe_inbox WHERE account_id = ?1 AND mode = ?2 AND next_at IS NULL
AND received_at < CAST(?3 AS INTEGER) ORDER BY received_at LIMIT CAST(?4 AS INTEGER))
