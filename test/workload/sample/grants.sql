-- Rights on the database and its tables that are the same on both sides. Run as a superuser, connected to the sample database.
REVOKE CREATE ON DATABASE shop FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

GRANT CONNECT ON DATABASE shop TO shop_app, shop_batch;
GRANT CONNECT, CREATE ON DATABASE shop TO migrator;

-- Whether pg_hba.conf lets DMS in is for superusers to see, and for whom they allow it.
GRANT SELECT ON pg_hba_file_rules TO migrator;
GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO migrator;

GRANT USAGE ON SCHEMA shop, billing, "Warehouse" TO shop_app, shop_batch;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop, billing, "Warehouse" TO shop_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA shop, billing, "Warehouse" TO shop_app;

-- The nightly batch reads everything and writes three tables.
GRANT SELECT ON ALL TABLES IN SCHEMA shop, billing, "Warehouse" TO shop_batch;
GRANT INSERT ON shop.writes, shop.batch_runs TO shop_batch;
GRANT UPDATE ON "Warehouse"."StockItem" TO shop_batch;
GRANT USAGE ON SEQUENCE shop.writes_id_seq, shop.batch_runs_id_seq TO shop_batch;
