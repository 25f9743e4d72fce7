insert into shop.products (name, stock) select 'product ' || n, 1000 from generate_series(1, 50) as n;
insert into shop.writes (writer, seq, note) select 'before', n, 'before the migration' from generate_series(1, 50) as n;
insert into shop.orders (customer_id, reference, total, placed_at, writer, seq)
select 1, 'before-' || n, n, clock_timestamp(), 'before', n from generate_series(1, 50) as n;
