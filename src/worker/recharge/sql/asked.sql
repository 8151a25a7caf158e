SELECT 'simulated' AS processor FROM simulated_charge WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?3
UNION ALL SELECT 'stripe' FROM stripe_charge WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?3
