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

-- The user that reverse tasks write the source with, after a cutover. Its rights on tables are in grants-source.sql.
DO $$
BEGIN
  IF to_regrole('dms_reverse_source') IS NULL THEN CREATE ROLE dms_reverse_source; END IF;
END
$$;

ALTER ROLE dms_reverse_source LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Before PostgreSQL 15 the right to set it cannot be granted, but a superuser may set it for a role.
DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 150000 THEN
    -- As text: an older server does not even read it.
    EXECUTE 'GRANT SET ON PARAMETER session_replication_role TO dms_reverse_source';
  ELSE
    ALTER ROLE dms_reverse_source SET session_replication_role = replica;
  END IF;
END
$$;

-- The migration shuts DMS out again when it falls back, and advances and drops the slots that DMS reads.
ALTER ROLE migrator CREATEROLE;
GRANT dms_reverse_source TO migrator WITH ADMIN OPTION;
GRANT dms_source TO migrator;
