SELECT processor_id FROM payment_method
WHERE account_id = ?1 AND mode = ?2 AND processor = ?3 AND processor_customer = ?4 AND detached_at IS NULL
AND customer_id IN (SELECT customer_id FROM stripe_customer WHERE account_id = ?1 AND mode = ?2 AND id = ?4) LIMIT 1000
