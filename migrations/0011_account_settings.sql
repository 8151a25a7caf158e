-- What a platform account has decided for one of its sides. Without a row everything is as it is by default: the default account
-- has no row anywhere.
CREATE TABLE account_setting (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- Whether work is admitted that no price knows.
  unpriced TEXT NOT NULL CHECK (unpriced IN ('deny', 'allow')),
  PRIMARY KEY (account_id, mode)
) STRICT, WITHOUT ROWID;
