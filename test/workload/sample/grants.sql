-- Rights on the sample's tables that are the same on both sides. Run as a superuser, connected to the sample database.
GRANT USAGE ON SCHEMA shop, billing, "Warehouse" TO shop_app, shop_batch;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop, billing, "Warehouse" TO shop_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA shop, billing, "Warehouse" TO shop_app;

-- The nightly batch reads everything and writes three tables.
GRANT SELECT ON ALL TABLES IN SCHEMA shop, billing, "Warehouse" TO shop_batch;
GRANT INSERT ON shop.writes, shop.batch_runs TO shop_batch;
GRANT UPDATE ON "Warehouse"."StockItem" TO shop_batch;
GRANT USAGE ON SEQUENCE shop.writes_id_seq, shop.batch_runs_id_seq TO shop_batch;
