INSERT INTO top_up (account_id, mode, id, customer_id, processor, token, redirect_url,
amount, currency, account_name, asset, precision, credit, exchange_rate,
credit_expires_at, return_url, failure_url, description, metadata, request, created_at,
expires_at, status)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, CAST(?12 AS INTEGER), ?13, ?14,
CAST(?15 AS INTEGER), ?16, ?17, ?18, ?19, ?20, ?21, CAST(?22 AS INTEGER), 'initiated')
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
