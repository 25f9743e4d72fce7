-- Tables and writers of the emulator's bench; the procedure goes to the source alone.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.accounts (
  id bigint PRIMARY KEY,
  owner varchar(40) NOT NULL,
  balance numeric(12, 2) NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE TABLE bench.entries (
  id bigint PRIMARY KEY,
  account bigint NOT NULL,
  amount numeric(12, 2) NOT NULL,
  note varchar(80) NOT NULL,
  made_at timestamptz NOT NULL
);
CREATE TABLE bench.marker (id int PRIMARY KEY);
GRANT USAGE, CREATE ON SCHEMA bench TO dms_user;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA bench TO dms_user;
