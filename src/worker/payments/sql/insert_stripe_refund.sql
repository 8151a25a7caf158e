INSERT INTO stripe_refund (account_id, mode, customer_id, refund_id, id, request, stripe_account, payment, amount, currency,
  reason, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, CAST(?12 AS INTEGER)) ON CONFLICT DO NOTHING
