INSERT INTO shop.page_views (made_at, customer_id, path, detail, writer, seq)
VALUES (now(), $1, '/product/' || ($2::integer)::text, jsonb_build_object('agent', 'Browser', 'ms', $2::integer), $3, $4)
RETURNING id
