SELECT (SELECT coalesce(max(seq), 0) FROM shop.writes WHERE writer = $1)::float8 AS seq,
  (SELECT max(id) FROM shop.products)::integer AS products, 0 AS customers, 0 AS invoices
