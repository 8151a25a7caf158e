-- How far a side has looked through the events that Stripe could not deliver. Moments are microseconds since 1970.

CREATE TABLE stripe_recovery (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- Whose events they are.
  stripe_account TEXT NOT NULL,
  -- The newest event that was seen; and the oldest, while older ones are looked at.
  newest TEXT,
  oldest TEXT,
  -- 1 once all older ones are seen.
  is_back INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, mode)
) STRICT, WITHOUT ROWID;

CREATE INDEX stripe_recovery_due ON stripe_recovery (next_at);
