UPDATE payment_method SET brand = ?5, last4 = ?6, exp_month = CAST(?7 AS INTEGER), exp_year = CAST(?8 AS INTEGER)
WHERE account_id = ?1 AND mode = ?2 AND processor = ?3 AND processor_id = ?4 RETURNING id
