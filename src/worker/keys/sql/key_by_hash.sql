SELECT account_id, mode, scopes, expires_at, connected,
(SELECT unpriced FROM account_setting AS own
WHERE own.account_id = COALESCE(connected, known.account_id) AND own.mode = known.mode) AS unpriced
FROM (SELECT account_id, mode, scopes, expires_at, (SELECT id FROM platform_account
WHERE id = ?2 AND owner_id = account_id AND owner_mode = mode) AS connected
FROM api_key WHERE hash = ?1 AND revoked_at IS NULL) AS known
