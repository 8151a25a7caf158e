UPDATE product SET default_version = (SELECT version FROM product_version
WHERE product_id = product.id ORDER BY status = 'published' DESC,
status = 'draft' DESC, version DESC LIMIT 1)
WHERE account_id = ?1 AND mode = ?2 AND id = ?3
AND default_version = CAST(?4 AS INTEGER) AND NOT EXISTS (SELECT 1
FROM product_version WHERE product_id = product.id AND version = default_version)
