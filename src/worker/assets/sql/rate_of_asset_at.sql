SELECT source, valid_from, valid_to, rate FROM asset_rate
WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND source = ?4
AND valid_from <= CAST(?5 AS INTEGER)
AND (valid_to IS NULL OR valid_to > CAST(?5 AS INTEGER))
ORDER BY valid_from DESC LIMIT 1
