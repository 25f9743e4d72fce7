grant usage on schema shop to shop_app, shop_batch;
grant select, insert, update, delete on all tables in schema shop to shop_app;
grant usage, select on all sequences in schema shop to shop_app;
grant select on all tables in schema shop to shop_batch;
grant insert on shop.writes to shop_batch;
grant update on shop.products to shop_batch;
grant usage on sequence shop.writes_id_seq to shop_batch;
