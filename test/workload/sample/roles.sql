-- Roles of the sample that both sides have, made where they are missing; sample-database.ts sets the passwords.
-- The users of DMS are in roles-source.sql and roles-target.sql.
DO $$
BEGIN
  IF to_regrole('shop_owner') IS NULL THEN CREATE ROLE shop_owner; END IF;
  IF to_regrole('shop_app') IS NULL THEN CREATE ROLE shop_app; END IF;
  IF to_regrole('shop_batch') IS NULL THEN CREATE ROLE shop_batch; END IF;
  IF to_regrole('migrator') IS NULL THEN CREATE ROLE migrator; END IF;
END
$$;

ALTER ROLE shop_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE shop_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE shop_batch LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE migrator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Owner: for what it creates, locks and closes. Application roles: so that the fence can be tried as each of them.
GRANT shop_owner, shop_app, shop_batch, pg_monitor, pg_signal_backend TO migrator;
