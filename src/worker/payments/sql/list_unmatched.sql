SELECT event_id, event_type, reason, detail, payment, asset, amount, received_at
FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2
AND resolved_at IS NULL ORDER BY received_at DESC, event_id
LIMIT CAST(?3 AS INTEGER) OFFSET CAST(?4 AS INTEGER)
