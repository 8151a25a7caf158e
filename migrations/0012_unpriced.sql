-- Whether an event posted without a price (unpriced), or was charged as it was held because its volume was missing (estimated).
-- Null for what was priced, and for what was told before this was.
ALTER TABLE usage ADD COLUMN mark TEXT;
