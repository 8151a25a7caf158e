SELECT product.id, code, version, status, version = default_version AS is_default,
product_version.request, archived_at
FROM product JOIN product_version ON product_id = product.id AND version = last_version
WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3
