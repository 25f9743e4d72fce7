-- What DMS reads where there is no role pg_read_all_data (before PostgreSQL 14): every table, also those made later.
DO $$
BEGIN
  IF to_regrole('pg_read_all_data') IS NULL THEN
    GRANT USAGE ON SCHEMA shop, billing, "Warehouse" TO dms_source;
    GRANT SELECT ON ALL TABLES IN SCHEMA shop, billing, "Warehouse" TO dms_source;
    ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT ON TABLES TO dms_source;
  END IF;
END
$$;

-- What reverse tasks need after a cutover: rows of every table. Their own tables are in a schema that the migration makes.
GRANT USAGE ON SCHEMA shop, billing, "Warehouse" TO dms_reverse_source;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop, billing, "Warehouse" TO dms_reverse_source;
