INSERT INTO subscription (account_id, mode, id, customer_id, product_id, version,
status, started_at, renews_at) SELECT ?1, ?2, one.value->>'id', ?3,
product.value->>'id', product.value->>'version', one.value->>'status',
one.value->>'started_at', one.value->>'renews_at' FROM json_each(?4) AS one,
json_each(one.value, '$.products') AS product WHERE true ON CONFLICT DO NOTHING
