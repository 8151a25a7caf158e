SELECT version, json_extract(price.value, '$.id') AS id,
json_extract(price.value, '$.event_type') AS event_type,
json_extract(price.value, '$.volume_field') AS volume_field,
COALESCE(json_extract(price.value, '$.model.tiered.basis'),
json_extract(price.value, '$.model.bulk.basis')) AS basis,
json_extract(price.value, '$.continues') AS continues
FROM product_version JOIN product ON product_id = product.id,
json_each(offer, '$.prices') AS price
WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3
AND (json_type(price.value, '$.model') = 'object'
OR json_type(price.value, '$.metering.free') = 'object'
OR price.value LIKE '%"max_per_period":{%'
OR price.value LIKE '%"min_per_period":{%')
ORDER BY version DESC, price.key LIMIT 2000
