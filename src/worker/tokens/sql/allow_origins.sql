INSERT INTO customer_origin (origin, account_id, mode, expires_at)
SELECT value, ?1, ?2, CAST(?4 AS INTEGER) FROM json_each(?3)
WHERE EXISTS (SELECT 1 FROM customer_token WHERE account_id = ?1 AND mode = ?2 AND id = ?5)
ON CONFLICT DO UPDATE SET expires_at = MAX(expires_at, excluded.expires_at)
