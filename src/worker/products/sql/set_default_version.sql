UPDATE product SET default_version = CAST(?4 AS INTEGER)
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND EXISTS (SELECT 1
FROM product_version WHERE product_id = product.id
AND version = CAST(?4 AS INTEGER) AND status = 'published')
