-- Installed on the target when a cutover checks.

-- After the marker: in the same look no new apply exception, no suspended table. The journal row makes this a write:
-- its synchronous commit makes everything that DMS applied before it durable, too.
create or replace function aurora_migration.drain(wanted json) returns json
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  missing name[];
  canaries bigint;
  exceptions bigint := 0;
  suspended bigint := 0;
  counted bigint;
  control record;
begin
  missing := aurora_migration.await_markers(
    array(select json_array_elements_text(wanted -> 'markerTables'))::name[], (wanted ->> 'marker')::uuid, (wanted ->> 'timeoutMs')::integer);
  select count(*) into canaries from aurora_migration.canary where marker = (wanted ->> 'marker')::uuid;
  for control in
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relname in ('awsdms_apply_exceptions', 'awsdms_suspended_tables') and c.relkind = 'r'
  loop
    if control.relname = 'awsdms_apply_exceptions' then
      execute format('select count(*) from %I.%I where "TASK_NAME" = any ($1)', control.nspname, control.relname)
        into counted using array(select json_array_elements_text(wanted -> 'taskNames'));
      exceptions := exceptions + counted;
    else
      execute format('select count(*) from %I.%I where task_name = any ($1)', control.nspname, control.relname)
        into counted using array(select json_array_elements_text(wanted -> 'taskNames'));
      suspended := suspended + counted;
    end if;
  end loop;
  insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
  values (wanted ->> 'migration', (wanted ->> 'generation')::bigint, wanted ->> 'runId', (wanted ->> 'attempt')::integer, 'drained',
          json_build_object('marker', wanted ->> 'marker', 'missing', missing, 'exceptions', exceptions, 'suspended', suspended));
  return json_build_object('missing', missing, 'canaries', canaries, 'exceptions', exceptions, 'suspended', suspended,
    'identity', aurora_migration.server_identity());
end $body$;

-- A restart since the drain could have lost what was drained (a standby that was promoted): prove it again then.
create or replace function aurora_migration.server_identity() returns text
language sql volatile set search_path = pg_catalog as $body$
  select (select system_identifier from pg_control_system())::text || ' ' || pg_postmaster_start_time()::text
$body$;

-- Takes writing and LOGIN from the forward tasks' own user and ends its sessions: from here on a task that recovers
-- cannot write over what clients write. Raises where the user could still write afterwards.
create or replace function aurora_migration.shut_out(forward_user name, planned_tables json, timeout_ms integer) returns json
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  deadline timestamptz := clock_timestamp() + timeout_ms * interval '1 millisecond';
  item record;
  ended integer := 0;
  remaining integer;
begin
  execute format('alter role %I nologin', forward_user);
  for item in select * from json_to_recordset(planned_tables) as t("schema" name, "table" name) loop
    execute format('revoke insert, update, delete, truncate on %I.%I from %I cascade', item."schema", item."table", forward_user);
    if has_table_privilege(forward_user, format('%I.%I', item."schema", item."table"), 'insert, update, delete') then
      raise exception '% could still write to %.%', forward_user, item."schema", item."table"
        using errcode = 'insufficient_privilege', hint = 'It is a member of a role that may write, or the grant has another grantor.';
    end if;
  end loop;
  loop
    perform pg_stat_clear_snapshot();
    select count(*), count(*) filter (where pg_terminate_backend(pid)) into remaining, ended
    from pg_stat_activity where usename = forward_user;
    exit when remaining = 0 or timeout_ms = 0 or clock_timestamp() >= deadline;
    perform pg_sleep(0.001);
  end loop;
  return json_build_object('left', remaining);
end $body$;
