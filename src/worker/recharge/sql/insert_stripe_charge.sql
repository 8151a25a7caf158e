INSERT INTO stripe_charge (account_id, mode, recharge_id, customer_id, stripe_account, stripe_customer, payment_method, price,
  currency, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, stripe_customer.id, ?6, ?7, ?8, CAST(?9 AS INTEGER) FROM stripe_customer
WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?4 AND stripe_account = ?5 ON CONFLICT DO NOTHING
