INSERT INTO account_setting (account_id, mode, unpriced, freeze_on_dispute, freeze_on_fraud_warning)
SELECT ?1, ?2, COALESCE(?3, 'deny'), CAST(COALESCE(?4, '0') AS INTEGER),
CAST(COALESCE(?5, '0') AS INTEGER) WHERE {calling} ON CONFLICT (account_id, mode) DO UPDATE SET
unpriced = COALESCE(?3, unpriced),
freeze_on_dispute = COALESCE(CAST(?4 AS INTEGER), freeze_on_dispute),
freeze_on_fraud_warning = COALESCE(CAST(?5 AS INTEGER), freeze_on_fraud_warning)
