-- Tokens with which a customer's own page or app calls: each is for one wallet, for an hour at most.

CREATE TABLE customer_token (
  -- The SHA-256 of the token; or of the word in a link, until that is exchanged for one.
  token_hash TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- Words separated by commas.
  scopes TEXT NOT NULL,
  -- Separated by spaces, which no origin has.
  origins TEXT NOT NULL,
  -- The most that its authorizations may hold, all together.
  cap_asset TEXT,
  cap_amount TEXT,
  -- How long each refresh makes it last, in seconds.
  ttl INTEGER NOT NULL,
  -- Microseconds since 1970. One that is revoked ends at that moment.
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX customer_token_id ON customer_token (account_id, mode, id);
CREATE INDEX customer_token_end ON customer_token (account_id, mode, expires_at);

-- From where browsers may call: a preflight brings no token, so it is answered by the origin alone.
CREATE TABLE customer_origin (
  origin TEXT NOT NULL,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- When the last token that allows it ends.
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (origin, account_id, mode)
) STRICT, WITHOUT ROWID;

-- Who may show the customer's page in a frame; separated by spaces, and nobody where it is null.
ALTER TABLE portal_session ADD COLUMN origins TEXT;
