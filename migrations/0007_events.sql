-- What was used, what it was charged and what it cost: told by the wallets, from their journals, in order, after the
-- fact. Lists and stats are made of it. A row is the same however often it is told.
CREATE TABLE usage (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- The entry of the customer's journal, and the place of the event in it.
  seq INTEGER NOT NULL,
  place INTEGER NOT NULL,
  -- Absent for what was charged without a usage event.
  event_id TEXT,
  event_type TEXT,
  subject TEXT,
  description TEXT,
  -- Microseconds since 1970.
  occurred_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- The hold whose capture it was a part of.
  hold INTEGER,
  -- [[asset, whole units, further steps of 10^-12], …]: integers, because SQL would add decimals as floats.
  fees TEXT NOT NULL,
  -- [[currency, whole units, further steps of 10^-12, vendor_id, vendor_external_id, category], …]
  costs TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, created_at, customer_id, seq, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_of_customer ON usage (account_id, mode, customer_id, created_at);
CREATE INDEX usage_event ON usage (account_id, mode, event_id) WHERE event_id IS NOT NULL;

-- The wallets tell everything again, from their first entry on.
DROP TABLE event_index;
