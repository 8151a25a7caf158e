SELECT EXISTS (SELECT 1 FROM subscription WHERE account_id = ?1 AND mode = ?2
AND product_id = ?3) AS product_used, EXISTS (SELECT 1 FROM subscription
WHERE account_id = ?1 AND mode = ?2 AND product_id = ?3
AND version = CAST(?4 AS INTEGER)) AS version_used, EXISTS (SELECT 1
FROM product_version JOIN product ON product_id = product.id
WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3
AND version <> CAST(?4 AS INTEGER)) AS others
