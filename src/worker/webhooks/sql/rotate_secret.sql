UPDATE webhook_destination SET previous_key = key, previous_until = CAST(?5 AS INTEGER),
key = ?4, updated_at = ?6, rotations = json_insert(rotations, '$[#]', ?7)
WHERE account_id = ?1 AND mode = ?2 AND id = ?3
AND NOT EXISTS (SELECT 1 FROM json_each(rotations) WHERE value = ?7)
AND {calling} RETURNING 1 AS wrote
