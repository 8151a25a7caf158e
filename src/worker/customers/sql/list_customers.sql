SELECT * FROM (SELECT *, (SELECT COUNT(DISTINCT subscription.id) FROM subscription
WHERE subscription.account_id = ?1 AND subscription.mode = ?2
AND customer_id = customer.id AND status = 'active') AS active_subscription_count
FROM customer WHERE account_id = ?1 AND mode = ?2
AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR external_id = ?4)
AND (?5 IS NULL OR email = ?5) AND (?6 IS NULL OR name = ?6))
WHERE ?7 IS NULL OR (active_subscription_count > 0) = (?7 = 'active')
ORDER BY created_at DESC, id
LIMIT CAST(?8 AS INTEGER) OFFSET CAST(?9 AS INTEGER)
