INSERT INTO stripe_inbox (account_id, mode, event_id, event_type, object_id, url, context, snapshot,
received_at, next_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, CAST(?9 AS INTEGER), CAST(?9 AS INTEGER)
WHERE EXISTS (SELECT 1 FROM stripe_connection WHERE account_id = ?1 AND mode = ?2)
ON CONFLICT DO NOTHING
