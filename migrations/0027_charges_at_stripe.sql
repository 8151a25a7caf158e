-- What Stripe is asked to charge while nobody is there: written before it is asked, so that whoever comes again asks exactly the
-- same under the same key, which is the id of the recharge.
CREATE TABLE stripe_charge (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  recharge_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- Stripe's ids: of the account that has the money, of the customer, of the payment method.
  stripe_account TEXT NOT NULL,
  stripe_customer TEXT NOT NULL,
  payment_method TEXT NOT NULL,
  price TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- The PaymentIntent, once its id is known.
  payment TEXT,
  -- Microseconds since 1970.
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, mode, recharge_id)
) STRICT, WITHOUT ROWID;

-- What kind of payment method it is, in the processor's word; and whose it is there, because with that customer it is gone.
ALTER TABLE payment_method ADD COLUMN type TEXT NOT NULL DEFAULT 'card';
ALTER TABLE payment_method ADD COLUMN processor_customer TEXT;

-- Where the customer adds it: on our own page, or on one of the processor's, by its id there.
ALTER TABLE setup_session ADD COLUMN processor TEXT NOT NULL DEFAULT 'simulated';
ALTER TABLE setup_session ADD COLUMN session TEXT;
