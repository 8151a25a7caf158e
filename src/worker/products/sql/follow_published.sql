UPDATE product SET default_version = COALESCE((SELECT MAX(version) FROM product_version
WHERE product_id = product.id AND status = 'published'), default_version)
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND NOT EXISTS (SELECT 1
FROM product_version WHERE product_id = product.id AND version = default_version
AND status = 'published')
