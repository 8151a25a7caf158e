INSERT INTO payment (account_id, mode, id, named_at, settled_at)
VALUES (?1, ?2, ?3, ?4, ?4)
ON CONFLICT DO UPDATE SET settled_at = COALESCE(settled_at, excluded.settled_at)
WHERE credited_at IS NULL
