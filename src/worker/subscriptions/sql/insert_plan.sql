INSERT INTO stripe_plan (account_id, mode, id, customer_id, stripe_account, terms, stripe_id, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (account_id, mode, id) DO NOTHING
