-- What a platform account offers for top-ups on one of its sides: packs, least and most of a free amount, bonuses.
CREATE TABLE account_packs (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  -- JSON, as the API shows it.
  offers TEXT NOT NULL,
  PRIMARY KEY (account_id, mode)
) STRICT, WITHOUT ROWID;

-- The pack that was bought, and what comes on top of it as a promotion, in units of the asset.
ALTER TABLE top_up ADD COLUMN pack TEXT;
ALTER TABLE top_up ADD COLUMN bonus TEXT;
