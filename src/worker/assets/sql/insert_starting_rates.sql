INSERT INTO asset_rate (account_id, mode, code, source, valid_from, rate)
SELECT ?1, ?2, ?3, pair.value->>0, CAST(?4 AS INTEGER), pair.value->>1
FROM json_each(?5) AS pair WHERE EXISTS (SELECT 1 FROM asset
WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND request = ?6)
AND NOT EXISTS (SELECT 1 FROM asset_rate
WHERE account_id = ?1 AND mode = ?2 AND code = ?3)
