SELECT customer_token.*, unpriced FROM customer_token LEFT JOIN account_setting
ON account_setting.account_id = customer_token.account_id
AND account_setting.mode = customer_token.mode WHERE token_hash = ?1
