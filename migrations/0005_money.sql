-- Top-ups, links to a customer's page, and webhooks.
-- Moments that are compared are microseconds since 1970; text times are only shown.

CREATE TABLE top_up (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- Who takes the payment.
  processor TEXT NOT NULL,
  -- Names the page of a simulated payment. The link is given out again to whoever repeats the request, so it is kept.
  token TEXT NOT NULL UNIQUE,
  redirect_url TEXT NOT NULL,
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

CREATE TABLE portal_session (
  -- The SHA-256 of the token: who reads this table can open no page.
  token_hash TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  return_url TEXT NOT NULL,
  failure_url TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX portal_session_side ON portal_session (account_id, mode, expires_at);

CREATE TABLE webhook_destination (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  topics TEXT NOT NULL,
  connect INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  -- The key of its signatures in hexadecimal. It has to be known to sign, so it cannot be a hash.
  key TEXT NOT NULL,
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, id)
) STRICT;

-- An event for one destination, written before it is sent. Without an outcome it is under way, or its sender was
-- stopped; sending the request again sends it again, under the same id.
CREATE TABLE webhook_event (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  event_id TEXT NOT NULL,
  destination_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  -- The connected account that it is about.
  connected TEXT,
  data TEXT NOT NULL,
  request TEXT NOT NULL,
  time INTEGER NOT NULL,
  successful_at INTEGER,
  failed_at INTEGER,
  -- The status of the answer, or why there was none.
  outcome TEXT,
  PRIMARY KEY (account_id, mode, event_id, destination_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_event_time ON webhook_event (account_id, mode, time, event_id, destination_id);
