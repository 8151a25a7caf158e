-- Stripe's endpoints. The secret of each says whose payments its events tell of, and on which side.
-- Moments that are compared are microseconds since 1970; text times are only shown.

CREATE TABLE stripe_endpoint (
  -- All that the address of an endpoint says, so it is unique among all sides.
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  name TEXT NOT NULL,
  -- Accounts at Stripe whose payments belong to this platform account: ["acct_…"].
  connected_accounts TEXT NOT NULL,
  -- Digest of the request, so that sending it again can be told from wanting another endpoint.
  request TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX stripe_endpoint_side ON stripe_endpoint (account_id, mode, created_at);

CREATE TABLE stripe_secret (
  endpoint_id TEXT NOT NULL,
  -- A signature is checked with the secret itself, so it is no hash: it is sealed with a key that is not in here.
  sealed TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- A secret that was rotated ends then.
  expires_at INTEGER,
  PRIMARY KEY (endpoint_id, sealed)
) STRICT, WITHOUT ROWID;

-- Whoever has the secret of one endpoint can write any event. So what is known of payments and of events belongs to a
-- side of a platform account, and no event of one can name, hold or hide a payment of another.

CREATE TABLE side_payment (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- Stripe's id of the PaymentIntent, or of the Checkout session.
  id TEXT NOT NULL,
  -- Whose wallet it fills: the first that is named keeps it. Nobody's where somebody has settled it by hand.
  customer_id TEXT,
  named_at TEXT NOT NULL,
  -- Set when the wallet has it. From then on no other event of this payment is unmatched.
  credited_at TEXT,
  -- Set when somebody has settled it by hand. From then on no event credits it.
  settled_at TEXT,
  PRIMARY KEY (account_id, mode, id)
) STRICT, WITHOUT ROWID;

-- The name of a wallet is <account>/<side>/<customer>.
INSERT INTO side_payment (account_id, mode, id, customer_id, named_at, credited_at)
SELECT account_id, substr(rest, 1, instr(rest, '/') - 1), id, substr(rest, instr(rest, '/') + 1), named_at, credited_at
FROM (SELECT substr(wallet, 1, instr(wallet, '/') - 1) AS account_id, substr(wallet, instr(wallet, '/') + 1) AS rest,
  id, named_at, credited_at FROM payment);

DROP TABLE payment;
ALTER TABLE side_payment RENAME TO payment;

-- The body is kept no more: it was about people who need not be ours.
CREATE TABLE side_unmatched_payment (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  payment TEXT,
  session TEXT,
  -- The operation of the wallet's journal that would credit it, where the event tells which.
  op TEXT,
  asset TEXT,
  amount TEXT,
  tax_known INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  -- open → credited (by an event, after all), assigned (to a customer, by hand) or dismissed (by hand, and not credited).
  status TEXT NOT NULL CHECK (status IN ('open', 'credited', 'assigned', 'dismissed')),
  resolved_at INTEGER,
  -- Whom it was assigned to.
  customer_id TEXT,
  -- What somebody has written beside it.
  note TEXT,
  PRIMARY KEY (account_id, mode, event_id)
) STRICT;

INSERT INTO side_unmatched_payment (account_id, mode, event_id, event_type, reason, detail, payment, op, asset, amount,
  tax_known, received_at, status, resolved_at)
SELECT account_id, mode, event_id, event_type, reason, detail, payment,
  CASE WHEN payment LIKE 'pi\_%' ESCAPE '\' THEN 'stripe:pi:' || payment END, asset, amount, 0,
  CAST(strftime('%s', received_at) AS INTEGER) * 1000000,
  CASE WHEN resolved_at IS NULL THEN 'open' ELSE 'credited' END,
  CAST(strftime('%s', resolved_at) AS INTEGER) * 1000000
FROM unmatched_payment;

DROP TABLE unmatched_payment;
ALTER TABLE side_unmatched_payment RENAME TO unmatched_payment;

CREATE INDEX unmatched_payment_list ON unmatched_payment (account_id, mode, status, received_at DESC, event_id);
CREATE INDEX unmatched_payment_payment ON unmatched_payment (account_id, mode, payment);
