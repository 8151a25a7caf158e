-- Links keep no token: what is stored is its hash, and the token derives again from the deployment's own key and the row.
-- Links of before end here, because their tokens cannot be hashed by a statement.

-- Without the address, which held the token.
CREATE TABLE hashed_top_up (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- Who takes the payment.
  processor TEXT NOT NULL,
  -- The SHA-256 of the token that names the page of a simulated payment.
  token_hash TEXT UNIQUE,
  amount TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- What the payment buys, by the rate of the moment in which the top-up was made.
  account_name TEXT NOT NULL,
  asset TEXT NOT NULL,
  precision INTEGER NOT NULL,
  credit TEXT NOT NULL,
  -- The rate that the request brought, if it did.
  exchange_rate TEXT,
  credit_expires_at INTEGER,
  -- Addresses; or pay:<revision>:<subscription>, which is the customer's payment link without its token.
  return_url TEXT NOT NULL,
  failure_url TEXT NOT NULL,
  description TEXT,
  metadata TEXT NOT NULL,
  -- initiated → pending (paid, the wallet is being told) → succeeded; or initiated → failed. One that is still
  -- initiated when the link has ended reads as expired.
  status TEXT NOT NULL CHECK (status IN ('initiated', 'pending', 'succeeded', 'failed')),
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, mode, id)
) STRICT;

INSERT INTO hashed_top_up (account_id, mode, id, customer_id, processor, amount, currency, account_name, asset, precision,
  credit, exchange_rate, credit_expires_at, return_url, failure_url, description, metadata, status, request, created_at,
  expires_at)
SELECT account_id, mode, id, customer_id, processor, amount, currency, account_name, asset, precision, credit,
  exchange_rate, credit_expires_at, return_url, failure_url, description, metadata, status, request, created_at, expires_at
FROM top_up;

DROP TABLE top_up;
ALTER TABLE hashed_top_up RENAME TO top_up;

-- Opening a payment link finds the top-up that is open already.
CREATE INDEX top_up_request ON top_up (account_id, mode, customer_id, request);

DROP INDEX customer_pay_token;
ALTER TABLE customer DROP COLUMN pay_token;
ALTER TABLE customer ADD COLUMN pay_token_hash TEXT;
-- Counts how often the customer's payment links were revoked: each time the token is another one.
ALTER TABLE customer ADD COLUMN pay_link_revision INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX customer_pay_token ON customer (pay_token_hash) WHERE pay_token_hash IS NOT NULL;

-- A link opens once. Whoever opened it goes on with a cookie, of which this is the hash.
ALTER TABLE portal_session ADD COLUMN cookie_hash TEXT;
CREATE UNIQUE INDEX portal_session_cookie ON portal_session (cookie_hash) WHERE cookie_hash IS NOT NULL;
