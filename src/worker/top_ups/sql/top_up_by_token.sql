SELECT top_up.*, customer.name AS customer_name, customer.pay_token_hash FROM top_up
LEFT JOIN customer ON customer.account_id = top_up.account_id
AND customer.mode = top_up.mode AND customer.id = customer_id WHERE token_hash = ?1
