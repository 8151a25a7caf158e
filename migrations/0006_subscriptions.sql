-- Which customer has which version of which product. The wallets know it exactly; this is where it is looked up by
-- product.
CREATE TABLE subscription (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  started_at TEXT,
  renews_at TEXT,
  PRIMARY KEY (account_id, mode, id, product_id)
) STRICT;

CREATE INDEX subscription_of_customer ON subscription (account_id, mode, customer_id);
CREATE INDEX subscription_of_product ON subscription (account_id, mode, product_id, version);
