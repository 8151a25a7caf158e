SELECT * FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 AND status = ?3
AND (?4 IS NULL OR reason = ?4) AND (?5 IS NULL OR received_at < CAST(?5 AS INTEGER)
OR (received_at = CAST(?5 AS INTEGER) AND event_id > ?6))
ORDER BY received_at DESC, event_id LIMIT CAST(?7 AS INTEGER)
