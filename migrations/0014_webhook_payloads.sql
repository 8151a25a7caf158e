-- What a webhook says is kept once, and its deliveries point to it.

CREATE TABLE webhook_payload (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  event_id TEXT NOT NULL,
  data TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (account_id, mode, event_id)
) STRICT;

CREATE INDEX webhook_payload_time ON webhook_payload (account_id, mode, time);

-- Deliveries of one event said the same, so any of them will do.
INSERT INTO webhook_payload (account_id, mode, event_id, data, time)
SELECT account_id, mode, event_id, MIN(data), MIN(time) FROM webhook_event
GROUP BY account_id, mode, event_id;

ALTER TABLE webhook_event DROP COLUMN data;

-- From now on `key` is sealed by the deployment's own key. Keys of before stay as they are, in hexadecimal, until they
-- are rotated: no statement can seal them.

-- The key of before a rotation, which signs as well until it ends.
ALTER TABLE webhook_destination ADD COLUMN previous_key TEXT;
-- Microseconds since 1970.
ALTER TABLE webhook_destination ADD COLUMN previous_until INTEGER;
-- Hashes of the sealed keys that rotations have brought: ["…"]. None of them comes back by being sent again.
ALTER TABLE webhook_destination ADD COLUMN rotations TEXT NOT NULL DEFAULT '[]';
