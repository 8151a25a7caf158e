-- The directory: who may call, what is sold, who the customers are. No money lives here.
-- Times are RFC 3339 text in UTC; JSON columns hold what the API replies.

CREATE TABLE platform_account (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

-- A key is stored as the SHA-256 of its text, in lower-case hexadecimal.
CREATE TABLE api_key (
  hash TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  name TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT
) STRICT;

CREATE TABLE asset (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  precision INTEGER NOT NULL,
  label TEXT,
  symbol TEXT,
  -- Digest of the request, so that creating it again can be told from a conflict.
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, code)
) STRICT;

CREATE TABLE product (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  default_version INTEGER NOT NULL,
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (account_id, mode, code)
) STRICT;

-- A published version never changes; wallets copy its prices when a customer subscribes.
CREATE TABLE product_version (
  product_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
  prices TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (product_id, version)
) STRICT;

CREATE TABLE customer (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  external_id TEXT,
  name TEXT NOT NULL,
  email TEXT,
  metadata TEXT NOT NULL,
  subscription_count INTEGER NOT NULL,
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, id)
) STRICT;

CREATE UNIQUE INDEX customer_external_id ON customer (account_id, mode, external_id);

-- Which wallet recorded an event. Shipped from the wallets' journals, in order, after the fact.
CREATE TABLE event_index (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  event_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, event_id, customer_id)
) STRICT, WITHOUT ROWID;

-- Money that arrived and could not be credited. Nothing is lost silently: somebody looks at this.
CREATE TABLE unmatched_payment (
  event_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  event_type TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  payment TEXT,
  asset TEXT,
  amount TEXT,
  body TEXT NOT NULL,
  received_at TEXT NOT NULL,
  -- Set when the same payment was credited after all.
  resolved_at TEXT
) STRICT;

CREATE INDEX unmatched_payment_open ON unmatched_payment (account_id, mode, received_at);
