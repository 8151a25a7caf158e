UPDATE stripe_secret SET expires_at = MIN(COALESCE(expires_at, CAST(?5 AS INTEGER)),
CAST(?5 AS INTEGER)) WHERE endpoint_id = ?3 AND sealed <> ?4 AND EXISTS (SELECT 1
FROM stripe_endpoint JOIN stripe_secret AS newest ON newest.endpoint_id = id
WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND newest.sealed = ?4)
AND {calling}
