SELECT subscription.id, customer_id, version, status, started_at, renews_at, name,
external_id, email FROM subscription JOIN customer
ON customer.account_id = ?1 AND customer.mode = ?2 AND customer.id = customer_id
WHERE subscription.account_id = ?1 AND subscription.mode = ?2 AND product_id = ?3
ORDER BY started_at DESC, subscription.id
LIMIT CAST(?4 AS INTEGER) OFFSET CAST(?5 AS INTEGER)
