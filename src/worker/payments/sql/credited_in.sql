SELECT id, customer_id, credited_at FROM payment WHERE account_id = ?1 AND mode = ?2
AND credited_at >= ?3 AND credited_at <= ?4 AND id LIKE 'pi\_%' ESCAPE '\'
AND (?5 IS NULL OR (credited_at, id) > (SELECT credited_at, id FROM payment
WHERE account_id = ?1 AND mode = ?2 AND id = ?5))
AND NOT EXISTS (SELECT 1 FROM payment_claim WHERE payment_claim.account_id = ?1 AND payment_claim.mode = ?2
AND payment_claim.payment = payment.id AND what = 'refunded' AND payment_claim.id = 'unpaid_' || payment.id AND told_at IS NOT NULL)
ORDER BY credited_at, id LIMIT CAST(?6 AS INTEGER)
