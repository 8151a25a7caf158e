INSERT INTO payment_claim (account_id, mode, payment, what, id, amount, currency, reason, event_id,
event_type, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, CAST(?11 AS INTEGER))
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
