UPDATE webhook_event SET successful_at = CAST(?5 AS INTEGER),
failed_at = CAST(?6 AS INTEGER), outcome = ?7 WHERE account_id = ?1 AND mode = ?2
AND event_id = ?3 AND destination_id = ?4
AND successful_at IS NULL AND failed_at IS NULL
