INSERT INTO asset_rate (account_id, mode, code, source, valid_from, valid_to, rate)
SELECT ?1, ?2, ?3, ?4, CAST(?5 AS INTEGER), (SELECT MIN(ends) FROM
(SELECT CAST(?6 AS INTEGER) AS ends UNION ALL SELECT MIN(valid_from) FROM asset_rate
WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND source = ?4
AND valid_from > CAST(?5 AS INTEGER))), ?7 WHERE true
ON CONFLICT DO UPDATE SET valid_to = excluded.valid_to, rate = excluded.rate
