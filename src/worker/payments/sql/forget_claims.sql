DELETE FROM payment_claim WHERE account_id = ?1 AND mode = ?2 AND (payment, what, id) IN
(SELECT payment, what, id FROM payment_claim WHERE account_id = ?1 AND mode = ?2
AND told_at IS NULL AND received_at < CAST(?3 AS INTEGER) ORDER BY received_at
LIMIT CAST(?4 AS INTEGER))
