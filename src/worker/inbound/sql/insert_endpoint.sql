INSERT INTO inbound_endpoint (account_id, mode, id, processor, sealed, sealed_at, request,
created_at) SELECT ?1, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER), ?7, ?8
WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM inbound_endpoint WHERE account_id = ?1
AND mode = ?2 LIMIT CAST(?9 AS INTEGER))) < CAST(?9 AS INTEGER) AND {calling}
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
