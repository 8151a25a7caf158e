SELECT account_id, mode FROM stripe_connection LEFT JOIN stripe_recovery USING (account_id, mode)
WHERE COALESCE(next_at, 0) <= CAST(?1 AS INTEGER) ORDER BY COALESCE(next_at, 0) LIMIT CAST(?2 AS INTEGER)
