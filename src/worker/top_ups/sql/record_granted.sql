UPDATE top_up SET sale = COALESCE(sale, ?4), paid_at = COALESCE(paid_at, CAST(?5 AS INTEGER)),
status = CASE WHEN status = 'succeeded' THEN status ELSE 'pending' END
WHERE account_id = ?1 AND mode = ?2 AND id = ?3
