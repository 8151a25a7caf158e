-- What is paid for an asset, over time. A new rate ends the one before it.
CREATE TABLE asset_rate (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  code TEXT NOT NULL,
  -- The currency that is paid.
  source TEXT NOT NULL,
  -- Microseconds since 1970; valid_to is the first moment at which it no longer holds.
  valid_from INTEGER NOT NULL,
  valid_to INTEGER,
  -- The rate in the form in which it was given: {"source_per_unit":"0.01"} or {"units_per_source":"100"}.
  rate TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, code, source, valid_from)
) STRICT, WITHOUT ROWID;
