SELECT source, rate, MAX(valid_from) FROM asset_rate
WHERE account_id = ?1 AND mode = ?2 AND code = ?3
AND valid_from <= CAST(?4 AS INTEGER)
AND (valid_to IS NULL OR valid_to > CAST(?4 AS INTEGER)) GROUP BY source ORDER BY source
