UPDATE top_up SET status = 'pending', paid_at = CAST(?4 AS INTEGER)
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND status = 'initiated'
AND processor = 'simulated' AND delayed_at IS NULL AND expires_at > CAST(?4 AS INTEGER)
RETURNING 1 AS wrote
