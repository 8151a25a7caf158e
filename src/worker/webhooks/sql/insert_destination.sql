INSERT INTO webhook_destination (account_id, mode, id, url, topics, connect, enabled,
key, request, created_at, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER), 1, ?7, ?8, ?9, ?9
WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM webhook_destination WHERE account_id = ?1
AND mode = ?2 LIMIT CAST(?10 AS INTEGER))) < CAST(?10 AS INTEGER) AND {calling} ON CONFLICT DO NOTHING RETURNING 1 AS wrote
