SELECT id, op FROM payment WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND credited_at IS NOT NULL
AND id = COALESCE(
  (SELECT payment FROM stripe_charge WHERE account_id = ?1 AND mode = ?2 AND recharge_id = ?4),
  (SELECT json_extract(sale, '$.payment') FROM top_up WHERE account_id = ?1 AND mode = ?2 AND id = ?4),
  ?4)
AND id LIKE 'pi\_%' ESCAPE '\'
