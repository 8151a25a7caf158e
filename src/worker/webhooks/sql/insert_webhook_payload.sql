INSERT INTO webhook_payload (account_id, mode, event_id, data, time)
SELECT ?1, ?2, ?3, ?4, CAST(?5 AS INTEGER)
WHERE EXISTS (SELECT 1 FROM webhook_event
WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3 AND request = ?6)
ON CONFLICT DO NOTHING
