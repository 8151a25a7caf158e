FROM usage {index}
WHERE account_id = ?1 AND mode = ?2 AND event_id IS NOT NULL AND {first}
AND (?5 IS NULL OR subject = ?5)
AND (?6 IS NULL OR occurred_at >= CAST(?6 AS INTEGER))
AND (?7 IS NULL OR occurred_at < CAST(?7 AS INTEGER))
AND (?8 IS NULL OR event_type IN (SELECT value FROM json_each(?8)))
AND (?9 IS NULL OR (fees <> '[]') = CAST(?9 AS INTEGER))
