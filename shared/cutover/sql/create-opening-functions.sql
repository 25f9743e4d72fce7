-- Installed on the database that is entered when a cutover checks.

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
    where n.nspname = wanted ->> 'controlSchema' and c.relname in ('awsdms_apply_exceptions', 'awsdms_suspended_tables') and c.relkind = 'r'
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
          json_build_object('marker', wanted ->> 'marker', 'missing', to_json(missing), 'exceptions', exceptions, 'suspended', suspended));
  return json_build_object('missing', missing, 'canaries', canaries, 'exceptions', exceptions, 'suspended', suspended);
end $body$;

-- The proof that every write of the source is here: the journal row of a drain of this generation in which no marker
-- was missing. It was written after the marker had been seen, with a synchronous commit: wherever the row is, everything
-- that was applied before it is too, whatever crash or failover came in between. Where it is lost, drain again.
create or replace function aurora_migration.drain_proved(wanted_migration text, wanted_generation bigint) returns boolean
language sql volatile set search_path = pg_catalog as $body$
  select exists (
    select from aurora_migration.journal
    where migration = wanted_migration and generation = wanted_generation and event = 'drained' and detail -> 'missing' = '[]'::jsonb)
$body$;

-- Takes writing and LOGIN from the forward tasks' own user: from here on a task that recovers cannot write over what
-- clients write. Raises where the user could still write afterwards, or where its sessions could not be ended. Ends no
-- session itself, so that a rehearsal of it does not disturb replication.
create or replace function aurora_migration.shut_out(forward_user name, planned_tables json) returns void
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  item record;
begin
  if not (pg_has_role(current_user, 'pg_signal_backend', 'usage') or pg_has_role(current_user, forward_user, 'usage')) then
    raise exception 'sessions of % could not be ended', forward_user
      using errcode = 'insufficient_privilege', hint = 'GRANT pg_signal_backend TO the migration''s login.';
  end if;
  execute format('alter role %I nologin', forward_user);
  -- The partitioned tables above them, too: through those it could write to the same rows.
  for item in
    with planned as (
      select format('%I.%I', t."schema", t."table")::regclass as oid from json_to_recordset(planned_tables) as t("schema" name, "table" name)
    )
    select n.nspname as "schema", c.relname as "table", pg_get_userbyid(c.relowner) as owner
    from (select oid from planned union select a.relid from planned cross join lateral pg_partition_ancestors(planned.oid) as a) as every
    join pg_class c on c.oid = every.oid join pg_namespace n on n.oid = c.relnamespace
    order by 1, 2
  loop
    -- As the owner: in our own name it would change nothing where our login holds a grant option itself.
    perform set_config('role', item.owner, true);
    execute format('revoke insert, update, delete, truncate on %I.%I from %I cascade', item."schema", item."table", forward_user);
    perform set_config('role', 'none', true);
    if has_table_privilege(forward_user, format('%I.%I', item."schema", item."table"), 'insert, update, delete, truncate')
       or has_any_column_privilege(forward_user, format('%I.%I', item."schema", item."table"), 'insert, update') then
      raise exception '% could still write to %.%', forward_user, item."schema", item."table"
        using errcode = 'insufficient_privilege', hint = 'It is a member of a role that may write, or the grant has another grantor.';
    end if;
  end loop;
end $body$;

-- Ends the sessions of the forward tasks' user and waits until they are gone. Gives how many are left.
create or replace function aurora_migration.end_forward_sessions(forward_user name, timeout_ms integer) returns integer
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  deadline timestamptz := clock_timestamp() + timeout_ms * interval '1 millisecond';
  remaining integer;
begin
  loop
    perform pg_stat_clear_snapshot();
    perform pg_terminate_backend(pid) from pg_stat_activity where usename = forward_user;
    get diagnostics remaining = row_count;
    exit when remaining = 0 or clock_timestamp() >= deadline;
    perform pg_sleep(0.001);
  end loop;
  return remaining;
end $body$;
