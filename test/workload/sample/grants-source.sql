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
