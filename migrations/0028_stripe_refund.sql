-- What Stripe is asked to give back: written before it is asked, so that whoever comes again asks exactly the same under the same
-- key, or finds by it what was made.
CREATE TABLE stripe_refund (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  customer_id TEXT NOT NULL,
  -- The caller's own id of the refund.
  refund_id TEXT NOT NULL,
  -- Ours, rfd_…: the idempotency key, and in Stripe's metadata.
  id TEXT NOT NULL,
  -- Digest of what the caller asked.
  request TEXT NOT NULL,
  -- Stripe's ids: of the account that has the money, of the PaymentIntent.
  stripe_account TEXT NOT NULL,
  payment TEXT NOT NULL,
  amount TEXT NOT NULL,
  currency TEXT NOT NULL,
  reason TEXT,
  -- What Stripe calls the refund, once that is known, and how it stood then.
  stripe_id TEXT,
  status TEXT,
  -- Microseconds since 1970.
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, mode, customer_id, refund_id)
) STRICT, WITHOUT ROWID;

-- Where the receipt of a charge can be looked at, and its number, once somebody has asked for them.
ALTER TABLE stripe_charge ADD COLUMN receipt_url TEXT;
ALTER TABLE stripe_charge ADD COLUMN receipt_number TEXT;

-- What payments have lost by refunds and disputes, as fees are: [[currency, whole, rest]]. It is no revenue, and summed beside it.
ALTER TABLE usage ADD COLUMN refunds TEXT NOT NULL DEFAULT '[]';
