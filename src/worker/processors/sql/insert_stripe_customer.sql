INSERT INTO stripe_customer (account_id, mode, customer_id, stripe_account, id, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET id = excluded.id,
created_at = excluded.created_at WHERE stripe_customer.id = ?7
