INSERT INTO product_version (product_id, version, status, offer, request,
created_at) SELECT id, last_version + 1, ?4, ?5, ?6, ?7 FROM product
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND archived_at IS NULL
AND NOT EXISTS (SELECT 1 FROM product_version WHERE product_id = product.id
AND version = last_version AND product_version.request = ?6
AND status <> 'archived')
AND (SELECT COUNT(*) FROM (SELECT 1 FROM product_version WHERE product_id = product.id
AND status <> 'archived' LIMIT CAST(?8 AS INTEGER))) < CAST(?8 AS INTEGER) RETURNING 1 AS wrote
