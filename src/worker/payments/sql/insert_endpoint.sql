INSERT INTO stripe_endpoint (account_id, mode, id, name, connected_accounts, request,
created_at, api_version) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM stripe_endpoint WHERE account_id = ?1
AND mode = ?2 LIMIT CAST(?9 AS INTEGER))) < CAST(?9 AS INTEGER) AND {calling} ON CONFLICT DO NOTHING RETURNING 1 AS wrote
