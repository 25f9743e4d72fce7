-- Markers live apart from the journal, since tasks replicate them. One table for each task; the functions take the
-- tables of the plan, so that all markers of one moment cost one round trip.
create schema if not exists aurora_migration_markers;
revoke all on schema aurora_migration_markers from public;

create or replace function aurora_migration.create_marker_table(marker_table name) returns void
language plpgsql set search_path = pg_catalog as $body$
begin
  -- Short strings and whole numbers only: no type here that DMS treats as a LOB or rounds.
  execute format(
    'create table if not exists aurora_migration_markers.%I (
       id uuid primary key,
       purpose varchar(40) not null,
       run_id varchar(100) not null,
       written_us bigint not null)', marker_table);
end $body$;

create or replace function aurora_migration.write_markers(marker_tables name[], marker uuid, purpose text, run_id text)
returns pg_lsn language plpgsql set search_path = pg_catalog as $body$
declare
  marker_table name;
begin
  foreach marker_table in array marker_tables loop
    execute format('insert into aurora_migration_markers.%I (id, purpose, run_id, written_us) values ($1, $2, $3, $4)', marker_table)
      using marker, purpose, run_id, (extract(epoch from clock_timestamp()) * 1000000)::bigint;
  end loop;
  return pg_current_wal_insert_lsn();
end $body$;

-- Tables in which the marker is not there yet.
create or replace function aurora_migration.markers_missing(marker_tables name[], marker uuid)
returns name[] language plpgsql volatile set search_path = pg_catalog as $body$
declare
  marker_table name;
  found_it boolean;
  missing name[] := '{}';
begin
  foreach marker_table in array marker_tables loop
    execute format('select exists (select from aurora_migration_markers.%I where id = $1)', marker_table) into found_it using marker;
    if not found_it then
      missing := missing || marker_table;
    end if;
  end loop;
  return missing;
end $body$;

-- Waits on the server, so that a wait costs one round trip: a new look every millisecond, each with a snapshot of its
-- own (volatile). Gives the tables that are still without the marker when the time is over, empty when it arrived.
create or replace function aurora_migration.await_markers(marker_tables name[], marker uuid, timeout_ms integer)
returns name[] language plpgsql volatile set search_path = pg_catalog as $body$
declare
  deadline timestamptz := clock_timestamp() + timeout_ms * interval '1 millisecond';
  missing name[];
begin
  loop
    missing := aurora_migration.markers_missing(marker_tables, marker);
    exit when missing = '{}' or clock_timestamp() >= deadline;
    perform pg_sleep(0.001);
  end loop;
  return missing;
end $body$;

create or replace function aurora_migration.forget_markers(marker_tables name[], older_than interval)
returns bigint language plpgsql set search_path = pg_catalog as $body$
declare
  marker_table name;
  counted bigint;
  total bigint := 0;
begin
  foreach marker_table in array marker_tables loop
    execute format('delete from aurora_migration_markers.%I where written_us < $1', marker_table)
      using (extract(epoch from clock_timestamp() - older_than) * 1000000)::bigint;
    get diagnostics counted = row_count;
    total := total + counted;
  end loop;
  return total;
end $body$;
