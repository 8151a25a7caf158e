INSERT INTO code_redemption (account_id, mode, code_id, customer_id, place, redeemed_at)
SELECT ?1, ?2, code.id, customer.id, 1 + COALESCE((SELECT place FROM code_redemption
WHERE account_id = ?1 AND mode = ?2 AND code_id = code.id ORDER BY place DESC LIMIT 1), 0),
CAST(?5 AS INTEGER) FROM code
JOIN customer ON customer.account_id = ?1 AND customer.mode = ?2 AND customer.id = ?4
WHERE code.account_id = ?1 AND code.mode = ?2 AND code_hash = ?3 AND disabled_at IS NULL
AND (expires_at IS NULL OR expires_at > CAST(?5 AS INTEGER))
AND (credit_expires_at IS NULL OR credit_expires_at > CAST(?5 AS INTEGER))
AND COALESCE((SELECT place FROM code_redemption WHERE account_id = ?1 AND mode = ?2
AND code_id = code.id ORDER BY place DESC LIMIT 1), 0) < max_redemptions
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
