INSERT INTO portal_session (account_id, mode, customer_id, token_hash, id, return_url,
failure_url, expires_at, origins) SELECT account_id, mode, id, ?4, ?5, ?6, ?7,
CAST(?8 AS INTEGER), ?9 FROM customer WHERE account_id = ?1 AND mode = ?2 AND id = ?3
RETURNING 1 AS wrote
