-- Endpoints for what any payment processor tells, signed as Standard Webhooks are. Who has the secret of one says that money has
-- come, on the side and for the platform account of the endpoint.

CREATE TABLE inbound_endpoint (
  -- All that the address of an endpoint says, so it is unique among all sides.
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- Whose payments it tells of, such as adyen: their ids are told apart by it.
  processor TEXT NOT NULL,
  -- The secret, sealed with a key that is not in here, and the one of before while both hold.
  sealed TEXT NOT NULL,
  sealed_at INTEGER NOT NULL,
  former TEXT,
  former_ends_at INTEGER,
  -- Digest of the request, so that sending it again can be told from wanting another endpoint.
  request TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX inbound_endpoint_side ON inbound_endpoint (account_id, mode, created_at);

-- What was paid, where that is not what it buys: of payments that come by such an endpoint.
ALTER TABLE unmatched_payment ADD COLUMN paid TEXT;
ALTER TABLE unmatched_payment ADD COLUMN currency TEXT;

-- What the simulated processor does beside taking a payment at once: the money takes its time, and goes back to the payer.
ALTER TABLE top_up ADD COLUMN delayed_at INTEGER;
ALTER TABLE top_up ADD COLUMN refunded_at INTEGER;
-- When a machine has paid it, over HTTP 402.
ALTER TABLE top_up ADD COLUMN paid_at INTEGER;
