INSERT INTO webhook_event (account_id, mode, event_id, topic, connected, request,
time, destination_id)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, CAST(?7 AS INTEGER), id FROM webhook_destination
WHERE account_id = ?1 AND mode = ?2 AND enabled = 1 AND (id = ?8 OR (?8 IS NULL
AND connect = (?5 IS NOT NULL)
AND EXISTS (SELECT 1 FROM json_each(topics) WHERE value IN ('*', ?4))))
AND NOT EXISTS (SELECT 1 FROM webhook_event AS other WHERE other.account_id = ?1
AND other.mode = ?2 AND other.event_id = ?3 AND other.request <> ?6)
AND (SELECT COUNT(*) FROM (SELECT 1 FROM webhook_event AS kept WHERE kept.account_id = ?1
AND kept.mode = ?2 LIMIT CAST(?9 AS INTEGER))) < CAST(?9 AS INTEGER)
AND {calling}
ON CONFLICT DO NOTHING
