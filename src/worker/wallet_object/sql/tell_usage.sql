INSERT INTO usage (account_id, mode, customer_id, seq, place,
event_id, event_type, subject, description, occurred_at, created_at, hold, fees, costs, mark, refunds)
SELECT ?1, ?2, ?3, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5,
value->>6, value->>7, value->>8, value->>9, value->>10,
value->>11, COALESCE(value->>12, '[]') FROM json_each(?4) WHERE true
ON CONFLICT DO NOTHING
