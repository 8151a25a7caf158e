SELECT customer.name, customer.email, stripe_customer.id AS stripe_id FROM customer
LEFT JOIN stripe_customer ON stripe_customer.account_id = customer.account_id
AND stripe_customer.mode = customer.mode AND customer_id = customer.id AND stripe_account = ?4
WHERE customer.account_id = ?1 AND customer.mode = ?2 AND customer.id = ?3
