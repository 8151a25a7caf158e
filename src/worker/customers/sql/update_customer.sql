UPDATE customer SET name = COALESCE(?4, name), email = COALESCE(?5, email),
metadata = COALESCE(?6, metadata), external_id_revision = external_id_revision
+ (?7 IS NOT NULL AND external_id IS NOT ?7), external_id = COALESCE(?7, external_id)
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND NOT EXISTS (SELECT 1
FROM customer AS other WHERE other.account_id = ?1 AND other.mode = ?2
AND other.external_id = ?7 AND other.id <> ?3) RETURNING 1 AS wrote
