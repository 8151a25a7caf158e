INSERT INTO setup_session (account_id, mode, id, customer_id, token_hash, return_url, failure_url, request, created_at,
  expires_at, processor)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CAST(?10 AS INTEGER), ?11
WHERE EXISTS (SELECT 1 FROM customer WHERE account_id = ?1 AND mode = ?2 AND id = ?4)
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
