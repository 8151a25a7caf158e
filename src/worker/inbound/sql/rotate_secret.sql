UPDATE inbound_endpoint SET former = sealed, former_ends_at = CAST(?6 AS INTEGER), sealed = ?4,
sealed_at = CAST(?5 AS INTEGER) WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND sealed <> ?4
AND (former_ends_at IS NULL OR former_ends_at <= CAST(?5 AS INTEGER)
OR CAST(?6 AS INTEGER) <= CAST(?5 AS INTEGER)) AND {calling} RETURNING 1 AS wrote
