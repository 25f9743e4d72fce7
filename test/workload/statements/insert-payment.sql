INSERT INTO billing.payments (region, invoice_id, amount, paid_at, writer, seq) VALUES ($1, $2, $3, now(), $4, $5) RETURNING id
