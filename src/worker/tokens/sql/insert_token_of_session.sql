INSERT INTO customer_token (account_id, mode, customer_id, token_hash, id, scopes, origins,
ttl, created_at, expires_at)
SELECT account_id, mode, customer_id, ?3, id, ?4, '', CAST(?5 AS INTEGER), CAST(?6 AS INTEGER),
expires_at FROM portal_session
WHERE token_hash = ?1 AND cookie_hash = ?2 AND expires_at > CAST(?6 AS INTEGER)
