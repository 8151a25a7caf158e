SELECT account_id, mode, connected_accounts, api_version, (SELECT json_group_array(sealed)
FROM stripe_secret WHERE endpoint_id = stripe_endpoint.id
AND (expires_at IS NULL OR expires_at > CAST(?2 AS INTEGER))) AS secrets
FROM stripe_endpoint WHERE id = ?1
