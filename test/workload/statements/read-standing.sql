SELECT (SELECT coalesce(max(seq), 0) FROM shop.writes WHERE writer = $1)::float8 AS seq,
  (SELECT max(id) FROM shop.customers)::integer AS customers, (SELECT max(id) FROM shop.products)::integer AS products,
  (SELECT max(id) FROM billing.invoices)::integer AS invoices
