SELECT code.*, mine.redeemed_at, mine.customer_id, (SELECT place FROM code_redemption
WHERE account_id = ?1 AND mode = ?2 AND code_id = code.id ORDER BY place DESC LIMIT 1)
AS redemptions FROM code LEFT JOIN code_redemption AS mine ON mine.account_id = ?1
AND mine.mode = ?2 AND mine.code_id = code.id AND mine.customer_id = ?4
WHERE code.account_id = ?1 AND code.mode = ?2 AND code_hash = ?3
