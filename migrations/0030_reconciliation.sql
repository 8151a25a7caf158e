-- What was credited in a window, for who compares it with what Stripe has taken.
CREATE INDEX payment_credited ON payment (account_id, mode, credited_at, id) WHERE credited_at IS NOT NULL;
