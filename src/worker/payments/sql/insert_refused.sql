INSERT INTO unmatched_payment (account_id, mode, event_id, event_type, reason, detail, payment, asset,
amount, tax_known, received_at, status) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0,
CAST(?10 AS INTEGER), 'open' FROM payment_claim WHERE account_id = ?1 AND mode = ?2 AND payment = ?7
AND what = ?11 AND id = ?12 AND told_at IS NULL ON CONFLICT DO NOTHING
