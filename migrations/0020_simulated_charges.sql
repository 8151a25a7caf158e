-- What the simulated processor has charged: its own truth, by which a reply that was lost is looked up. One row for each
-- recharge, whose id is the key.
CREATE TABLE simulated_charge (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode = 'test'),
  recharge_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  payment TEXT NOT NULL,
  processor_id TEXT NOT NULL,
  price TEXT NOT NULL,
  currency TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'declined', 'requires_action')),
  code TEXT,
  decline_code TEXT,
  created_at INTEGER NOT NULL,
  -- Until then it is processing.
  known_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, mode, recharge_id)
) STRICT, WITHOUT ROWID;
