FROM (SELECT id, 'top_up' AS kind, CASE WHEN status = 'initiated' THEN 'pending' ELSE status END AS status,
  CAST(strftime('%s', created_at) AS INTEGER) * 1000000 AS at, processor, amount, currency,
  COALESCE(json_extract(sale, '$.op'), 'topup:' || id) AS op, COALESCE(json_extract(sale, '$.payment'), id) AS payment,
  json_extract(sale, '$.receipt') AS receipt, NULL AS url, NULL AS number, NULL AS brand, NULL AS last4
FROM top_up WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND (status <> 'initiated' OR delayed_at IS NOT NULL)
UNION ALL SELECT recharge_id, 'recharge', 'succeeded', charge.created_at, 'stripe', price, currency, 'recharge:' || recharge_id,
  charge.payment, NULL, receipt_url, receipt_number, brand, last4
FROM stripe_charge AS charge JOIN payment ON payment.account_id = ?1 AND payment.mode = ?2 AND payment.id = charge.payment
LEFT JOIN payment_method ON processor = 'stripe' AND payment_method.mode = ?2 AND processor_id = charge.payment_method
  AND payment_method.account_id = ?1
WHERE charge.account_id = ?1 AND charge.mode = ?2 AND charge.customer_id = ?3 AND credited_at IS NOT NULL
UNION ALL SELECT recharge_id, 'recharge', 'succeeded', charge.created_at, 'simulated', price, currency, 'recharge:' || recharge_id,
  recharge_id, NULL, NULL, NULL, brand, last4
FROM simulated_charge AS charge LEFT JOIN payment_method ON processor = 'simulated' AND payment_method.mode = ?2
  AND payment_method.processor_id = charge.processor_id AND payment_method.account_id = ?1
WHERE charge.account_id = ?1 AND charge.mode = ?2 AND charge.customer_id = ?3 AND outcome = 'succeeded'
  AND known_at <= CAST(?4 AS INTEGER)
UNION ALL SELECT MAX(id), 'payment', 'succeeded', CAST(strftime('%s', MIN(credited_at)) AS INTEGER) * 1000000,
  CASE WHEN op LIKE 'stripe:%' THEN 'stripe' ELSE 'other' END, NULL, NULL, op, MAX(id), NULL, NULL, NULL, NULL, NULL
FROM payment WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND credited_at IS NOT NULL
  AND op NOT LIKE 'recharge:%' AND NOT EXISTS (SELECT 1 FROM top_up WHERE top_up.account_id = ?1 AND top_up.mode = ?2
  AND top_up.customer_id = ?3 AND json_extract(sale, '$.op') = payment.op)
GROUP BY op) AS list WHERE at IS NOT NULL
