SELECT {columns} one.value->>0 AS currency, COUNT(*) AS count,
  CAST(SUM(one.value->>1) AS TEXT) AS whole,
  CAST(SUM((one.value->>2) / 1000000) AS TEXT) AS millionths,
  CAST(SUM((one.value->>2) % 1000000) AS TEXT) AS rest
FROM usage, json_each(usage.{amounts}) AS one
WHERE usage.account_id = ?1 AND usage.mode = ?2
AND (?3 IS NULL OR usage.occurred_at >= CAST(?3 AS INTEGER))
AND (?4 IS NULL OR usage.occurred_at < CAST(?4 AS INTEGER))
{condition}
GROUP BY {group}
