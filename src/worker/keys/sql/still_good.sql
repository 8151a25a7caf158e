SELECT hash FROM api_key WHERE hash IN (SELECT value FROM json_each(?1))
AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > CAST(?2 AS INTEGER))
UNION ALL
SELECT token_hash AS hash FROM customer_token
WHERE token_hash IN (SELECT value FROM json_each(?1)) AND expires_at > CAST(?2 AS INTEGER)
