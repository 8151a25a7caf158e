INSERT INTO stripe_recovery (account_id, mode, stripe_account, newest, oldest, is_back, next_at)
VALUES (?1, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER), CAST(?7 AS INTEGER))
ON CONFLICT DO UPDATE SET stripe_account = excluded.stripe_account, newest = excluded.newest,
oldest = excluded.oldest, is_back = excluded.is_back, next_at = excluded.next_at
