INSERT INTO webhook_event (account_id, mode, event_id, topic, connected, data, request,
time, destination_id)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, CAST(?8 AS INTEGER), id FROM webhook_destination
WHERE account_id = ?1 AND mode = ?2 AND enabled = 1 AND (id = ?9 OR (?9 IS NULL
AND connect = (?5 IS NOT NULL)
AND EXISTS (SELECT 1 FROM json_each(topics) WHERE value IN ('*', ?4))))
AND {calling}
ON CONFLICT DO NOTHING
