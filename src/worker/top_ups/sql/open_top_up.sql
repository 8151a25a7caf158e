SELECT * FROM top_up WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3
AND request = ?4 AND (status = 'pending' OR (status = 'initiated'
AND (delayed_at IS NOT NULL OR expires_at > CAST(?5 AS INTEGER)))) ORDER BY id DESC LIMIT 1
