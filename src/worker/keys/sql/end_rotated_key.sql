UPDATE api_key SET expires_at = CAST(?4 AS INTEGER),
replaced_by = (SELECT id FROM api_key WHERE hash = ?5)
WHERE account_id = ?1 AND mode = ?2 AND id = ?3
AND revoked_at IS NULL AND expires_at IS NULL AND {calling}
