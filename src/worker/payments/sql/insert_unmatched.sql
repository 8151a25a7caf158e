INSERT INTO unmatched_payment (account_id, mode, event_id, event_type, reason, detail,
payment, session, op, asset, amount, tax_known, received_at, paid, currency, status)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, CAST(?12 AS INTEGER),
CAST(?13 AS INTEGER), ?14, ?15, 'open' WHERE ?5 = 'credited_elsewhere' OR NOT EXISTS
(SELECT 1 FROM payment WHERE account_id = ?1 AND mode = ?2 AND id = ?7
AND (credited_at IS NOT NULL OR settled_at IS NOT NULL))
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
