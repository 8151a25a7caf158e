-- Stripe's thin events: they name an object and hold nothing of it. Each is kept before it is answered, and what it names is
-- fetched then or later. Moments are microseconds since 1970.

CREATE TABLE stripe_inbox (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  -- Stripe's id of the thin event.
  event_id TEXT NOT NULL,
  -- The type of its snapshot twin, and the object that it names.
  event_type TEXT NOT NULL,
  object_id TEXT NOT NULL,
  -- A path of Stripe's API, and the account there that it is asked for.
  url TEXT NOT NULL,
  context TEXT,
  -- The event of its snapshot twin, where both are sent.
  snapshot TEXT,
  received_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- When it is tried next; null once nothing is left to do.
  next_at INTEGER,
  -- What became of it, once it is done.
  outcome TEXT,
  PRIMARY KEY (account_id, mode, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX stripe_inbox_due ON stripe_inbox (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX stripe_inbox_object ON stripe_inbox (account_id, mode, object_id, event_type);
-- Those that are done are forgotten by their age.
CREATE INDEX stripe_inbox_done ON stripe_inbox (account_id, mode, received_at) WHERE next_at IS NULL;

-- The version of Stripe's API that the events of an endpoint are written in, where somebody has said so.
ALTER TABLE stripe_endpoint ADD COLUMN api_version TEXT;

-- By which it is known whether a thin event tells anything new.
CREATE INDEX payment_claim_event ON payment_claim (account_id, mode, event_id);
CREATE INDEX payment_claim_id ON payment_claim (account_id, mode, id);
