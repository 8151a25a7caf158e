SELECT *, (SELECT COUNT(DISTINCT subscription.id) FROM subscription
WHERE subscription.account_id = ?1 AND subscription.mode = ?2
AND customer_id = customer.id AND status = 'active') AS active_subscription_count,
(SELECT budgets FROM account_budgets WHERE account_id = ?1 AND mode = ?2) AS account_budgets,
EXISTS (SELECT 1 FROM stripe_connection WHERE account_id = ?1 AND mode = ?2) AS is_connected
FROM customer WHERE account_id = ?1 AND mode = ?2 AND (id = ?3 OR external_id = ?4)
