SELECT connected, (SELECT unpriced FROM account_setting
WHERE account_id = COALESCE(connected, ?1) AND mode = ?2) AS unpriced
FROM (SELECT (SELECT id FROM platform_account
WHERE owner_id = ?1 AND owner_mode = ?2 AND id = ?3) AS connected) AS known
