-- Budgets that a platform account has for all customers of one of its sides. Wallets are told when they are opened, and
-- with every new subscription.
CREATE TABLE account_budgets (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  -- A JSON list, as wallets keep it.
  budgets TEXT NOT NULL,
  PRIMARY KEY (account_id, mode)
) STRICT;
