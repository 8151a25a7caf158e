SELECT code.*, redeemed_at, customer_id FROM code_redemption JOIN code
ON code.account_id = ?1 AND code.mode = ?2 AND code.id = code_id
WHERE code_redemption.account_id = ?1 AND code_redemption.mode = ?2 AND code_id = ?3
AND credited_at IS NULL LIMIT 10
