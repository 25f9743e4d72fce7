INSERT INTO shop.reviews (product_id, customer_id, stars, body, writer, seq) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
