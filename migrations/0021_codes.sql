-- Codes that customers redeem for credit. A code is kept as its hash only.

CREATE TABLE code (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  -- SHA-256 of the code without its dashes: 75 bits by chance, so it needs no salt.
  code_hash TEXT NOT NULL,
  -- The first code of those that one call has made.
  batch_id TEXT NOT NULL,
  -- What a redemption credits.
  account_name TEXT NOT NULL,
  asset TEXT NOT NULL,
  precision INTEGER NOT NULL,
  amount TEXT NOT NULL,
  -- What the credit may be spent on: a JSON object, as wallets keep it.
  scope TEXT NOT NULL,
  -- From when on nobody redeems it.
  expires_at INTEGER,
  -- The end of the credit: a moment, or so many days after it was redeemed, or never.
  credit_expires_at INTEGER,
  credit_expires_days INTEGER,
  max_redemptions INTEGER NOT NULL,
  description TEXT,
  metadata TEXT NOT NULL,
  -- Digest of the request, so that sending it again can be told from wanting other codes.
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  disabled_at INTEGER,
  PRIMARY KEY (account_id, mode, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX code_hash ON code (account_id, mode, code_hash);
CREATE INDEX code_list ON code (account_id, mode, created_at DESC, id);
CREATE INDEX code_batch ON code (account_id, mode, batch_id, id);

-- Who has redeemed a code, each customer once. It is counted here before the wallet credits: `place` is the number of this
-- redemption, so the highest one is how many there are.
CREATE TABLE code_redemption (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  code_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  -- The credit's end is counted from here.
  redeemed_at INTEGER NOT NULL,
  -- Set when the wallet has it.
  credited_at INTEGER,
  PRIMARY KEY (account_id, mode, code_id, customer_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX code_redemption_place ON code_redemption (account_id, mode, code_id, place);
-- Those that were interrupted, by who or what finishes them.
CREATE INDEX code_redemption_open_of_code ON code_redemption (account_id, mode, code_id) WHERE credited_at IS NULL;
CREATE INDEX code_redemption_open_of_customer ON code_redemption (account_id, mode, customer_id) WHERE credited_at IS NULL;
