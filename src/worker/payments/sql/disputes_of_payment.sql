list.*, (SELECT json_group_array(json_object('what', what, 'id', payment_claim.id, 'amount', payment_claim.amount))
FROM payment_claim WHERE payment_claim.account_id = ?1
AND payment_claim.mode = ?2 AND payment_claim.payment = list.payment AND what IN ('dispute_opened', 'dispute_closed')) AS disputes
