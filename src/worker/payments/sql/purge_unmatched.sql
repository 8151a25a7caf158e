DELETE FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 AND event_id IN
(SELECT event_id FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2
AND status IN ('credited', 'assigned', 'dismissed') AND resolved_at < CAST(?3 AS INTEGER)
LIMIT CAST(?4 AS INTEGER)) AND {calling} RETURNING event_id
