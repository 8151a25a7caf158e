-- What a customer can be charged by later. The card itself is the processor's: here is what it is called there, and what a
-- person tells it by.
CREATE TABLE payment_method (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  processor TEXT NOT NULL,
  -- The processor's own id.
  processor_id TEXT NOT NULL,
  brand TEXT NOT NULL,
  last4 TEXT NOT NULL,
  -- The card is good to the end of this month.
  exp_month INTEGER NOT NULL,
  exp_year INTEGER NOT NULL,
  name TEXT,
  is_default INTEGER NOT NULL,
  -- A digest of the request that added it, so that the same one again adds nothing.
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  -- Microseconds since 1970; it stays, because payments name it.
  detached_at INTEGER,
  PRIMARY KEY (account_id, mode, id)
) STRICT;

CREATE INDEX payment_method_of_customer ON payment_method (account_id, mode, customer_id, created_at, id);
CREATE UNIQUE INDEX payment_method_of_processor ON payment_method (processor, mode, processor_id, account_id);
CREATE UNIQUE INDEX payment_method_default ON payment_method (account_id, mode, customer_id)
  WHERE is_default = 1 AND detached_at IS NULL;

-- A link at which a customer adds a payment method.
CREATE TABLE setup_session (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- The SHA-256 of the token, which derives again from the deployment's key.
  token_hash TEXT NOT NULL UNIQUE,
  return_url TEXT NOT NULL,
  failure_url TEXT NOT NULL,
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  -- The payment method that was added.
  payment_method TEXT,
  PRIMARY KEY (account_id, mode, id)
) STRICT;
