SELECT MIN(occurred_at) AS first, MAX(occurred_at) AS last FROM usage
WHERE usage.account_id = ?1 AND usage.mode = ?2 AND usage.refunds = '[]'
AND (?3 IS NULL OR usage.occurred_at >= CAST(?3 AS INTEGER))
AND (?4 IS NULL OR usage.occurred_at < CAST(?4 AS INTEGER))
