-- Subscriptions that invoices of Stripe pay for: what Stripe calls ours.
CREATE TABLE stripe_plan (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  -- Ours, sub_….
  id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- The account at Stripe that asks for it.
  stripe_account TEXT NOT NULL,
  -- What a session at Stripe is made with: JSON. From then on the row alone says it, so that asking again is the same
  -- question. None for one that Stripe had before.
  terms TEXT,
  -- The session in which it is paid first, once its id is known.
  session TEXT,
  -- What Stripe calls it, once that is known.
  stripe_id TEXT,
  created_at TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, id)
) STRICT, WITHOUT ROWID;

-- Whose subscription an event of Stripe's is about. One at Stripe is one of ours.
CREATE UNIQUE INDEX stripe_plan_stripe_id ON stripe_plan (account_id, mode, stripe_id);
