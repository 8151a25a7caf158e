INSERT INTO stripe_secret (endpoint_id, sealed, created_at)
SELECT id, ?4, CAST(?5 AS INTEGER) FROM stripe_endpoint
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND (EXISTS (SELECT 1 FROM stripe_secret
WHERE endpoint_id = ?3 AND sealed = ?4) OR (SELECT COUNT(*) FROM (SELECT 1 FROM stripe_secret
WHERE endpoint_id = ?3 LIMIT CAST(?6 AS INTEGER))) < CAST(?6 AS INTEGER))
AND {calling} ON CONFLICT DO UPDATE SET expires_at = NULL RETURNING 1 AS wrote
