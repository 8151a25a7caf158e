INSERT INTO customer (account_id, mode, id, external_id, name, email, metadata,
external_accounts, pay_token_hash, request, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
