INSERT INTO top_up (account_id, mode, id, customer_id, processor, token_hash,
amount, currency, account_name, asset, precision, credit, exchange_rate,
credit_expires_at, return_url, failure_url, description, metadata, request, created_at,
expires_at, status)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, CAST(?11 AS INTEGER), ?12, ?13,
CAST(?14 AS INTEGER), ?15, ?16, ?17, ?18, ?19, ?20, CAST(?21 AS INTEGER), 'initiated')
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
