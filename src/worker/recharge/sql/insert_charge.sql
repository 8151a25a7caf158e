INSERT INTO simulated_charge (account_id, mode, recharge_id, customer_id, payment, processor_id, price, currency, outcome,
  code, decline_code, created_at, known_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, CAST(?12 AS INTEGER), CAST(?13 AS INTEGER)) ON CONFLICT DO NOTHING
