-- Rights on the database that are the same on both sides. Run as a superuser, connected to the sample database.
REVOKE CREATE ON DATABASE shop FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

GRANT CONNECT ON DATABASE shop TO shop_app, shop_batch;
GRANT CONNECT, CREATE ON DATABASE shop TO migrator;

DO $$
BEGIN
  IF to_regrole('dms_target') IS NOT NULL THEN GRANT CONNECT, CREATE ON DATABASE shop TO dms_target; END IF;
END
$$;

-- Whether pg_hba.conf lets DMS in is for superusers to see, and for whom they allow it.
GRANT SELECT ON pg_hba_file_rules TO migrator;
GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO migrator;
