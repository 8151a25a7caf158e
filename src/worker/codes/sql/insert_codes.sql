INSERT INTO code (account_id, mode, id, code_hash, batch_id, account_name, asset, precision,
amount, scope, expires_at, credit_expires_at, credit_expires_days, max_redemptions, description,
metadata, request, created_at)
SELECT ?1, ?2, json_extract(value, '$[0]'), json_extract(value, '$[1]'), ?4, ?5, ?6,
CAST(?7 AS INTEGER), ?8, ?9, CAST(?10 AS INTEGER), CAST(?11 AS INTEGER), CAST(?12 AS INTEGER),
CAST(?13 AS INTEGER), ?14, ?15, ?16, ?17 FROM json_each(?3)
WHERE NOT EXISTS (SELECT 1 FROM code WHERE account_id = ?1 AND mode = ?2 AND id = ?4)
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
