SELECT customer_id, (SELECT external_id FROM customer
  WHERE customer.account_id = usage.account_id AND customer.mode = usage.mode
  AND customer.id = usage.customer_id) AS external_id,
  event_id, event_type, subject, description, occurred_at, created_at, hold, fees, costs, mark
FROM usage {index}
WHERE account_id = ?1 AND mode = ?2 AND event_id IS NOT NULL AND {first}
AND (?5 IS NULL OR subject = ?5)
AND (?6 IS NULL OR occurred_at >= CAST(?6 AS INTEGER))
AND (?7 IS NULL OR occurred_at < CAST(?7 AS INTEGER))
AND (?8 IS NULL OR event_type IN (SELECT value FROM json_each(?8)))
AND (?9 IS NULL OR (fees <> '[]') = CAST(?9 AS INTEGER))
ORDER BY created_at DESC, customer_id DESC, seq DESC, place DESC
LIMIT CAST(?10 AS INTEGER) OFFSET CAST(?11 AS INTEGER)
