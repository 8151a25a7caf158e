UPDATE payment_method SET is_default = 0
WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND is_default = 1 AND detached_at IS NULL
AND EXISTS (SELECT 1 FROM payment_method AS one WHERE one.account_id = ?1 AND one.mode = ?2 AND one.id = ?4
  AND one.customer_id = ?3 AND one.detached_at IS NULL)
