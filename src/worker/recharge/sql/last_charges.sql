SELECT recharge_id, created_at FROM stripe_charge WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3
UNION ALL SELECT recharge_id, created_at FROM simulated_charge WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3
ORDER BY created_at DESC, recharge_id LIMIT 20
