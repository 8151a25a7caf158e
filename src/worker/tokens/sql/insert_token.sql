INSERT INTO customer_token (account_id, mode, customer_id, token_hash, id, scopes, origins,
cap_asset, cap_amount, ttl, created_at, expires_at)
SELECT account_id, mode, id, ?4, ?5, ?6, ?7, ?8, ?9,
CAST(?10 AS INTEGER), CAST(?11 AS INTEGER), CAST(?12 AS INTEGER)
FROM customer WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING *
