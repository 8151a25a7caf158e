FROM customer WHERE account_id = ?1 AND mode = ?2
AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR external_id = ?4)
AND (?5 IS NULL OR email = ?5) AND (?6 IS NULL OR name = ?6)
AND (?7 IS NULL OR EXISTS (SELECT 1 FROM subscription
WHERE subscription.account_id = ?1 AND subscription.mode = ?2
AND customer_id = customer.id AND status = 'active') = (?7 = 'active'))
