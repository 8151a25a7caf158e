INSERT INTO product (account_id, mode, id, code, name, default_version, request, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, 1, ?6, ?7
WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM product WHERE account_id = ?1 AND mode = ?2
AND archived_at IS NULL LIMIT CAST(?8 AS INTEGER))) < CAST(?8 AS INTEGER)
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
