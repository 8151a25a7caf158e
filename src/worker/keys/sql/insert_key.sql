INSERT INTO api_key (account_id, mode, hash, name, scopes, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM api_key
WHERE account_id = ?1 AND mode = ?2 AND name = ?4
AND revoked_at IS NULL AND expires_at IS NULL)
AND (SELECT COUNT(*) FROM (SELECT 1 FROM api_key WHERE account_id = ?1 AND mode = ?2
AND revoked_at IS NULL LIMIT CAST(?7 AS INTEGER))) < CAST(?7 AS INTEGER)
AND {calling} RETURNING 1 AS wrote
