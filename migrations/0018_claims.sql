-- What Stripe tells of a payment after it was made: refunds, disputes, warnings. Kept before it is answered, because it
-- may come before the payment itself: then it waits, and the wallet is told as soon as it has the payment.

CREATE TABLE payment_claim (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- Stripe's id of the PaymentIntent.
  payment TEXT NOT NULL,
  -- What happened: refunded, refund_failed, funds_withdrawn, funds_reinstated, dispute_opened, dispute_closed,
  -- fraud_warning, charge_refunded.
  what TEXT NOT NULL,
  -- Of the refund, the dispute, the warning or the charge.
  id TEXT NOT NULL,
  amount TEXT NOT NULL,
  currency TEXT NOT NULL,
  reason TEXT,
  -- The event that told it first.
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  -- Since when the wallet knows it, or somebody sees it among the unmatched payments.
  told_at INTEGER,
  PRIMARY KEY (account_id, mode, payment, what, id)
) STRICT, WITHOUT ROWID;

-- Most of those that wait are of payments that are none of ours: they are forgotten after a time.
CREATE INDEX payment_claim_waiting ON payment_claim (account_id, mode, received_at) WHERE told_at IS NULL;

-- The operation of the wallet's journal that credited the payment, where it is not that of the payment's own id.
ALTER TABLE payment ADD COLUMN op TEXT;

-- Whether a dispute, or a warning of fraud, freezes the wallet.
ALTER TABLE account_setting ADD COLUMN freeze_on_dispute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account_setting ADD COLUMN freeze_on_fraud_warning INTEGER NOT NULL DEFAULT 0;
