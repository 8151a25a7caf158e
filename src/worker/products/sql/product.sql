SELECT product.id, code, name, product.request, product.created_at, archived_at,
version, status, offer, version = default_version AS is_default FROM product
LEFT JOIN product_version ON product_id = product.id
AND version = COALESCE(CAST(?5 AS INTEGER), default_version)
WHERE account_id = ?1 AND mode = ?2 AND (product.id = ?3 OR code = ?4)
