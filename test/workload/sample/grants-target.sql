-- What DMS needs on the target: rows of every table, and tables of its own (awsdms_*) in any schema.
GRANT USAGE, CREATE ON SCHEMA shop, billing, "Warehouse", public TO dms_target;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA shop, billing, "Warehouse" TO dms_target;
