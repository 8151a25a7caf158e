DELETE FROM product_version WHERE product_id = (SELECT id FROM product
WHERE account_id = ?1 AND mode = ?2 AND id = ?3) AND version = CAST(?4 AS INTEGER)
AND NOT EXISTS (SELECT 1 FROM subscription WHERE account_id = ?1 AND mode = ?2
AND product_id = ?3 AND version = CAST(?4 AS INTEGER))
