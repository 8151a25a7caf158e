INSERT INTO stripe_secret (endpoint_id, sealed, created_at)
SELECT id, ?5, CAST(?6 AS INTEGER) FROM stripe_endpoint
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND request = ?4
AND NOT EXISTS (SELECT 1 FROM stripe_secret WHERE endpoint_id = ?3) AND {calling}
