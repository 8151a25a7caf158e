UPDATE customer_origin SET expires_at = MAX(expires_at, (SELECT expires_at
FROM customer_token WHERE account_id = ?1 AND mode = ?2 AND id = ?3))
WHERE account_id = ?1 AND mode = ?2 AND EXISTS (SELECT 1 FROM customer_token AS own
WHERE own.account_id = ?1 AND own.mode = ?2 AND own.id = ?3
AND instr(' ' || own.origins || ' ', ' ' || origin || ' ') > 0)
