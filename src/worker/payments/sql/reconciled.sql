SELECT json_extract(asked.value, '$[0]') AS asked, customer_id, credited_at, settled_at,
(SELECT event_id FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2
AND payment = json_extract(asked.value, '$[1]') AND status = 'open' LIMIT 1) AS event_id,
EXISTS (SELECT 1 FROM payment_claim WHERE account_id = ?1 AND mode = ?2
AND id = json_extract(asked.value, '$[0]') AND what IN ('refunded', 'refund_failed')
AND told_at IS NOT NULL) AS taken,
EXISTS (SELECT 1 FROM payment_claim WHERE account_id = ?1 AND mode = ?2
AND id = json_extract(asked.value, '$[0]') AND what = 'refund_failed'
AND told_at IS NOT NULL) AS returned
FROM json_each(?3) AS asked LEFT JOIN payment ON payment.account_id = ?1 AND payment.mode = ?2
AND payment.id = json_extract(asked.value, '$[1]') ORDER BY asked.key
