SELECT 1 AS known FROM payment_claim WHERE account_id = ?1 AND mode = ?2 AND event_id = ?6
UNION ALL SELECT 1 FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 AND event_id = ?6
AND reason <> 'unknown_version'
UNION ALL SELECT 1 FROM payment WHERE account_id = ?1 AND mode = ?2 AND id = ?4 AND ?7 = '1'
AND (credited_at IS NOT NULL OR settled_at IS NOT NULL)
UNION ALL SELECT 1 FROM payment_claim WHERE account_id = ?1 AND mode = ?2 AND id = ?4
AND event_type = ?5 AND ?7 = '1'
UNION ALL SELECT 1 FROM stripe_inbox WHERE account_id = ?1 AND mode = ?2 AND object_id = ?4
AND event_type = ?5 AND ?7 = '1' AND event_id <> ?3 AND outcome = 'taken'
LIMIT 1
