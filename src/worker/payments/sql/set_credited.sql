INSERT INTO payment (account_id, mode, id, customer_id, named_at, credited_at, op)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON CONFLICT DO UPDATE SET
credited_at = COALESCE(credited_at, excluded.credited_at), op = COALESCE(op, excluded.op)
