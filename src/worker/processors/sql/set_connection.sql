INSERT INTO stripe_connection (account_id, mode, sealed, hint, stripe_account, connected_account,
settings, created_at, updated_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8 WHERE {calling}
ON CONFLICT (account_id, mode) DO UPDATE SET sealed = excluded.sealed, hint = excluded.hint,
stripe_account = excluded.stripe_account, connected_account = excluded.connected_account,
settings = excluded.settings, updated_at = excluded.updated_at
