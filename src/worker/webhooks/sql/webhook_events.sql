SELECT destination_id, webhook_event.request, time, url, key,
CASE WHEN previous_until > CAST(?4 AS INTEGER) THEN previous_key END AS previous_key,
COALESCE(successful_at, failed_at) AS ended_at FROM webhook_event LEFT JOIN
webhook_destination AS destination ON destination.account_id = webhook_event.account_id
AND destination.mode = webhook_event.mode AND destination.id = destination_id
WHERE webhook_event.account_id = ?1 AND webhook_event.mode = ?2 AND event_id = ?3
