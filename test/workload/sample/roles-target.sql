-- The user that DMS writes the target with. It owns no application table; its rights on tables are in grants-target.sql.
DO $$
BEGIN
  IF to_regrole('dms_target') IS NULL THEN CREATE ROLE dms_target; END IF;
END
$$;

ALTER ROLE dms_target LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- PostgreSQL 15 and later: a parameter that only superusers may set can be granted.
GRANT SET ON PARAMETER session_replication_role TO dms_target;

-- The migration shuts DMS out when the target opens: it may take LOGIN from DMS's user, and from nobody else.
ALTER ROLE migrator CREATEROLE;
GRANT dms_target TO migrator WITH ADMIN OPTION;

-- The user that reverse tasks read the target with, after a cutover. It owns nothing; it reads every table.
DO $$
BEGIN
  IF to_regrole('dms_reverse_target') IS NULL THEN CREATE ROLE dms_reverse_target; END IF;
END
$$;

ALTER ROLE dms_reverse_target LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
GRANT pg_read_all_data TO dms_reverse_target;

-- The migration makes and advances the slots that it reads.
GRANT dms_reverse_target TO migrator;
