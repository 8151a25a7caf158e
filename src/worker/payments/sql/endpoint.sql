SELECT *, (SELECT json_group_array(json_object('created_at', created_at, 'expires_at',
expires_at)) FROM (SELECT created_at, expires_at FROM stripe_secret
WHERE endpoint_id = stripe_endpoint.id
AND (expires_at IS NULL OR expires_at > CAST(?4 AS INTEGER)) ORDER BY expires_at IS NULL,
created_at, sealed))
AS secrets FROM stripe_endpoint
WHERE account_id = ?1 AND mode = ?2 AND (?3 IS NULL OR id = ?3) ORDER BY created_at DESC, id
