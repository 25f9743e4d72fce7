INSERT INTO shop.order_items (order_id, product_id, quantity, price, writer, seq)
SELECT $1, product, 1, $3, $4, $5 FROM unnest($2::bigint[]) AS product
RETURNING id
