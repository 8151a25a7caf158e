INSERT INTO payment_method (account_id, mode, id, customer_id, processor, processor_id, type, brand, last4, exp_month,
  exp_year, processor_customer, is_default, request, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, CAST(?10 AS INTEGER), CAST(?11 AS INTEGER), ?12,
  NOT EXISTS (SELECT 1 FROM payment_method AS one WHERE one.account_id = ?1 AND one.mode = ?2
    AND one.customer_id = ?4 AND one.is_default = 1 AND one.detached_at IS NULL), '', ?13
WHERE EXISTS (SELECT 1 FROM customer WHERE account_id = ?1 AND mode = ?2 AND id = ?4)
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
