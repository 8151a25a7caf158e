INSERT INTO api_key (account_id, mode, hash, name, scopes, created_at)
SELECT account_id, mode, ?4, name, scopes, ?5 FROM api_key
WHERE account_id = ?1 AND mode = ?2 AND id = ?3
AND revoked_at IS NULL AND expires_at IS NULL AND {calling} RETURNING 1 AS wrote
