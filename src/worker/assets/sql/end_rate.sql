UPDATE asset_rate SET valid_to = CAST(?5 AS INTEGER)
WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND source = ?4
AND valid_from < CAST(?5 AS INTEGER)
AND (valid_to IS NULL OR valid_to > CAST(?5 AS INTEGER))
