INSERT INTO top_up (account_id, mode, id, customer_id, processor, token_hash,
amount, currency, account_name, asset, precision, credit, exchange_rate,
credit_expires_at, return_url, failure_url, description, metadata, request, created_at,
expires_at, checkout, pack, bonus, status)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, CAST(?11 AS INTEGER), ?12, ?13,
CAST(?14 AS INTEGER), ?15, ?16, ?17, ?18, ?19, ?20, CAST(?21 AS INTEGER), ?22, ?23, ?24, 'initiated'
WHERE ?25 IS NULL OR (SELECT COUNT(*) FROM (SELECT 1 FROM top_up WHERE account_id = ?1
AND mode = ?2 AND customer_id = ?4 AND metadata = ?18 AND created_at > ?25
LIMIT CAST(?26 AS INTEGER))) < CAST(?26 AS INTEGER)
ON CONFLICT DO NOTHING RETURNING 1 AS wrote
