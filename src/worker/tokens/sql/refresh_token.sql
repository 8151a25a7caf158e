UPDATE customer_token SET token_hash = ?5,
expires_at = CAST(?6 AS INTEGER) + ttl * 1000000
WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND id = ?4
AND expires_at > CAST(?6 AS INTEGER) AND created_at > CAST(?7 AS INTEGER) RETURNING *
