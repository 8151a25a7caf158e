-- The secret of a customer's payment links: who has one can pay into this wallet, and do nothing else. A link is shown
-- whenever the subscription is, so the secret is kept and not its hash. Customers of before get theirs when they
-- subscribe next.

ALTER TABLE customer ADD COLUMN pay_token TEXT;

CREATE UNIQUE INDEX customer_pay_token ON customer (pay_token) WHERE pay_token IS NOT NULL;

-- Opening a payment link finds the top-up that is open already.
CREATE INDEX top_up_request ON top_up (account_id, mode, customer_id, request);
