SELECT 'stripe' AS processor, charge.customer_id, charge.price, charge.currency, charge.payment, charge.stripe_account,
  charge.receipt_url, charge.receipt_number, payment.credited_at IS NOT NULL AS is_paid
FROM stripe_charge AS charge LEFT JOIN payment ON payment.account_id = ?1 AND payment.mode = ?2 AND payment.id = charge.payment
WHERE charge.account_id = ?1 AND charge.mode = ?2 AND charge.recharge_id = ?3
UNION ALL SELECT 'simulated', customer_id, price, currency, payment, NULL, NULL, NULL,
  outcome = 'succeeded' AND known_at <= CAST(?4 AS INTEGER)
FROM simulated_charge WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?3
