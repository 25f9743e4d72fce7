-- The user that DMS reads the source with. It owns nothing; it reads every table, also those made later.
DO $$
BEGIN
  IF to_regrole('dms_source') IS NULL THEN CREATE ROLE dms_source; END IF;
END
$$;

ALTER ROLE dms_source LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;

-- PostgreSQL 14 and later; before that grants-source.sql names schemas and tables.
DO $$
BEGIN
  IF to_regrole('pg_read_all_data') IS NOT NULL THEN GRANT pg_read_all_data TO dms_source; END IF;
END
$$;
