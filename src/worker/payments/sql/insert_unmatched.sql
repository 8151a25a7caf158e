INSERT INTO unmatched_payment (account_id, mode, event_id, event_type, reason, detail,
payment, asset, amount, body, received_at)
SELECT COALESCE((SELECT id FROM platform_account WHERE id = ?1), ?12),
?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE ?5 = 'credited_elsewhere' OR NOT EXISTS
(SELECT 1 FROM payment WHERE id = ?7 AND credited_at IS NOT NULL)
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
