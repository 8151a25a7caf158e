INSERT INTO unmatched_payment (account_id, mode, event_id, event_type, reason, detail,
payment, session, op, asset, amount, paid, tax_known, received_at, status)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, CAST(?13 AS INTEGER),
CAST(?14 AS INTEGER), 'open' WHERE ?5 = 'credited_elsewhere' OR NOT EXISTS
(SELECT 1 FROM payment WHERE account_id = ?1 AND mode = ?2 AND id = ?7
AND (credited_at IS NOT NULL OR settled_at IS NOT NULL))
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
