-- The source's rows.
insert into shop.countries select code, 'country ' || code from unnest(array['de', 'fr', 'pl']) as code;
insert into shop.customers (referrer, country, email, note, preferences)
  select nullif(n / 3, 0), (array['de', 'fr', 'pl'])[1 + n % 3], 'c' || n || '@example.org', repeat('n', n), '{"n": 1}' from generate_series(1, 9) as n;
insert into shop.orders select n, date '2025-12-20' + n, 1 + n % 9, 'detail ' || n, n from generate_series(1, 20) as n;
insert into shop.lines (order_id, placed, article) select n, date '2025-12-20' + n, 'a' || n from generate_series(1, 20) as n;
insert into billing.payments select n, n, date '2025-12-20' + n, 'card' from generate_series(1, 10) as n;
insert into shop.hits select 'page ' || n from generate_series(1, 5) as n;
refresh materialized view shop.per_country;
analyze;
