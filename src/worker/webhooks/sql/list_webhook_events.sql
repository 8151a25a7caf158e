SELECT *, (SELECT data FROM webhook_payload AS payload
WHERE payload.account_id = ?1 AND payload.mode = ?2
AND payload.event_id = webhook_event.event_id) AS data FROM webhook_event
WHERE account_id = ?1 AND mode = ?2
AND (?3 IS NULL OR destination_id IN (SELECT value FROM json_each(?3)))
AND (?4 IS NULL OR (?4 = '1' AND successful_at IS NOT NULL) OR (?4 = '0' AND failed_at IS NOT NULL))
AND (?5 IS NULL OR time >= CAST(?5 AS INTEGER))
AND (?6 IS NULL OR time < CAST(?6 AS INTEGER))
AND (?7 IS NULL OR (time, event_id, destination_id) {side} (CAST(?7 AS INTEGER), ?8, ?9))
ORDER BY {order}
LIMIT CAST(?10 AS INTEGER)
