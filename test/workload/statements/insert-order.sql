INSERT INTO shop.orders (customer_id, address_id, reference, total, discount, placed_at, writer, seq)
VALUES ($1, $1, $2, $3, $4, now(), $5, $6)
RETURNING id
