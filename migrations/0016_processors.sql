-- Who takes payments for a side of a platform account: an account at Stripe.

CREATE TABLE stripe_connection (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  -- The secret key. Stripe is asked with the key itself, so it is no hash: it is sealed with a key that is not in here.
  sealed TEXT NOT NULL,
  -- How the key begins and ends, so that people can tell which one it is.
  hint TEXT NOT NULL,
  -- The account at Stripe whose key it is.
  stripe_account TEXT NOT NULL,
  -- The connected account on whose behalf payments are taken.
  connected_account TEXT,
  -- JSON: what top-ups are made with.
  settings TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (account_id, mode)
) STRICT, WITHOUT ROWID;

-- Our customers at Stripe. Each account at Stripe knows them by ids of its own.
CREATE TABLE stripe_customer (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  stripe_account TEXT NOT NULL,
  id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, customer_id, stripe_account)
) STRICT, WITHOUT ROWID;

-- Whose customer an event of Stripe's is about.
CREATE INDEX stripe_customer_id ON stripe_customer (account_id, mode, id);

-- What a session at Stripe is made with: JSON. From then on the row alone says it, so that asking again is the same question.
ALTER TABLE top_up ADD COLUMN checkout TEXT;
-- The session at Stripe, once its id is known; and where it is paid, sealed, because the address opens the page.
ALTER TABLE top_up ADD COLUMN session TEXT;
ALTER TABLE top_up ADD COLUMN session_url TEXT;
-- What the processor says was paid, and what is therefore credited: JSON. Without it one that is pending waits for money.
ALTER TABLE top_up ADD COLUMN sale TEXT;
