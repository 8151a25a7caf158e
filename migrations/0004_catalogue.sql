-- The catalogue grows: drafts and versions of products, customers who are renamed, accounts of accounts, keys with
-- scopes, vendors.

-- All that a version offers, as a wallet copies it.
ALTER TABLE product_version RENAME COLUMN prices TO offer;
UPDATE product_version SET offer = json_object('prices', json(offer));
-- Digest of the request, so that sending it again can be told from wanting another version.
ALTER TABLE product_version ADD COLUMN request TEXT NOT NULL DEFAULT '';

-- A number that was used once is not used again, also when its version is gone.
ALTER TABLE product ADD COLUMN last_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE product ADD COLUMN archived_at TEXT;

ALTER TABLE customer ADD COLUMN external_accounts TEXT NOT NULL DEFAULT '[]';
-- Counts the changes of the external id, which may reach the wallet in another order.
ALTER TABLE customer ADD COLUMN external_id_revision INTEGER NOT NULL DEFAULT 0;
-- Subscriptions are counted where they are.
ALTER TABLE customer DROP COLUMN subscription_count;

-- Who made the account, and with a key of which side: that side of the owner may act for it.
ALTER TABLE platform_account ADD COLUMN owner_id TEXT;
ALTER TABLE platform_account ADD COLUMN owner_mode TEXT;
ALTER TABLE platform_account ADD COLUMN external_id TEXT;
ALTER TABLE platform_account ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE platform_account ADD COLUMN request TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX platform_account_external_id ON platform_account (owner_id, owner_mode, external_id);

ALTER TABLE api_key ADD COLUMN id TEXT GENERATED ALWAYS AS ('key_' || substr(hash, 1, 26)) VIRTUAL;
-- Words separated by commas; a key without any has all.
ALTER TABLE api_key ADD COLUMN scopes TEXT;
-- Microseconds since 1970: a key that was rotated ends then.
ALTER TABLE api_key ADD COLUMN expires_at INTEGER;
ALTER TABLE api_key ADD COLUMN replaced_by TEXT;
CREATE UNIQUE INDEX api_key_id ON api_key (account_id, mode, id);

-- Who is paid for the costs of usage.
CREATE TABLE vendor (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  external_id TEXT,
  name TEXT NOT NULL,
  request TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, id)
) STRICT;

CREATE UNIQUE INDEX vendor_external_id ON vendor (account_id, mode, external_id);
