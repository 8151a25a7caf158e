SELECT portal_session.*, customer.name AS customer_name FROM portal_session
LEFT JOIN customer ON customer.account_id = portal_session.account_id
AND customer.mode = portal_session.mode AND customer.id = customer_id
WHERE cookie_hash = ?1
