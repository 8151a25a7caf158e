-- Which wallet a payment fills. Several events tell of one payment, and should they name different wallets, the first
-- keeps it: the rows of a wallet's journal cannot see those of another.
CREATE TABLE payment (
  -- Stripe's id of the PaymentIntent, or of the Checkout session.
  id TEXT PRIMARY KEY,
  wallet TEXT NOT NULL,
  named_at TEXT NOT NULL,
  -- Set when the wallet has it. From then on no other event of this payment is unmatched.
  credited_at TEXT
) STRICT, WITHOUT ROWID;
