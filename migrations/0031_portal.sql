-- How what an account's customers see looks, on one of its sides.
CREATE TABLE account_branding (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  -- JSON, as it was set.
  branding TEXT NOT NULL,
  PRIMARY KEY (account_id, mode)
) STRICT, WITHOUT ROWID;

-- The payments of a customer.
CREATE INDEX stripe_charge_of_customer ON stripe_charge (account_id, mode, customer_id);
CREATE INDEX simulated_charge_of_customer ON simulated_charge (account_id, mode, customer_id);
CREATE INDEX payment_of_customer ON payment (account_id, mode, customer_id);

-- The page of a session is found by its id, which is no secret.
CREATE UNIQUE INDEX portal_session_id ON portal_session (id);
