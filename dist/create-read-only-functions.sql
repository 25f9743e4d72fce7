-- `fence: read-only`: the fence is committed before the drain, table by table, since more tables are closed than can be
-- locked at once. `fence` is the order as in raise_fence: migration, generation, runId, attempt, tables, staleReads, keepConnect.

-- The refusing trigger of a fence that may still be given back. Its arguments are migration and generation; it refuses unless
-- the deciding row says that this very fence was given back: that one row opens all tables at once, without a lock on any.
-- A snapshot from before the fence shows an older generation, or this one not yet aborted, and so refuses. As the owner of the
-- row, since writers may not read it.
create or replace function aurora_migration.refuse_while_fenced() returns trigger
language plpgsql security definer set search_path = pg_catalog as $body$
begin
  if exists (
    select from aurora_migration.decision
    where migration = tg_argv[0]
      and (generation = tg_argv[1]::bigint and phase = 'aborted'
           or generation > tg_argv[1]::bigint and phase in ('paused', 'aborted', 'opened'))
  ) then
    return null;
  end if;
  raise exception 'this database is moving: % is closed to writers', tg_table_name
    using errcode = 'read_only_sql_transaction', hint = 'Connect again: the address of the database may have changed.';
end $body$;
revoke all on function aurora_migration.refuse_while_fenced() from public;

-- Whose fence it is, without its tables.
create or replace function aurora_migration.whose_fence(fence json) returns json
language sql immutable set search_path = pg_catalog as $body$
  select json_build_object('migration', fence ->> 'migration', 'generation', fence ->> 'generation', 'runId', fence ->> 'runId', 'attempt', fence ->> 'attempt')
$body$;

create or replace function aurora_migration.fence_table_for(schema_name name, table_name name, fence json) returns void
language plpgsql set search_path = pg_catalog as $body$
declare
  fenced regclass := format('%I.%I', schema_name, table_name)::regclass;
begin
  if aurora_migration.is_fenced(fenced) then
    return;
  end if;
  if exists (select from pg_trigger where tgrelid = fenced and tgname = 'aurora_migration_fence') then
    execute format('drop trigger aurora_migration_fence on %I.%I', schema_name, table_name);
  end if;
  execute format(
    'create trigger aurora_migration_fence before insert or update or delete or truncate on %I.%I
       for each statement execute function aurora_migration.refuse_while_fenced(%L, %L)',
    schema_name, table_name, fence ->> 'migration', fence ->> 'generation');
end $body$;

-- From `paused` to `fenced`, with what is needed to take it back saved first: writing revoked, new sessions read-only or kept
-- out. One transaction, no lock on a table. The triggers follow one by one.
create or replace function aurora_migration.enter_read_only(fence json) returns void
language plpgsql set search_path = pg_catalog as $body$
begin
  update aurora_migration.decision set phase = 'fenced', decided_at = clock_timestamp()
   where migration = fence ->> 'migration' and phase = 'paused' and generation = (fence ->> 'generation')::bigint
     and run_id = fence ->> 'runId' and run_attempt = (fence ->> 'attempt')::integer;
  if not found then
    raise exception 'the decision row is not ours any more' using errcode = 'serialization_failure';
  end if;
  perform aurora_migration.fence_grants(fence);
end $body$;

-- The triggers, a few tables in a transaction and never waiting for long: writers of several tables are never locked in a
-- circle, and no more than 16 locks are held. What was busy is tried again; from the second time on for so long that autovacuum leaves (it yields after
-- deadlock_timeout; writers have lost their rights by then, and readers do not notice). While tables are closed the deciding row is held, so
-- that nobody gives the fence back at that moment. Not waited for on disk: the commit of the decision flushes all of it.
create or replace procedure aurora_migration.fence_one_by_one(fence json, budget_ms integer, inout outcome json)
language plpgsql as $body$
declare
  deadline timestamptz := pg_catalog.clock_timestamp() + budget_ms * interval '1 millisecond';
  patience integer := 40;
  -- The order names thousands of tables: it is read once, not for each of them.
  whose json := (aurora_migration.whose_fence(fence));
  of_migration text := whose ->> 'migration';
  of_generation bigint := whose ->> 'generation';
  of_run text := whose ->> 'runId';
  of_attempt integer := whose ->> 'attempt';
  waiting json[];
  busy json[];
  item json;
  closed integer := 0;
  passes integer := 0;
  held integer := 0;
begin
  waiting := array(select pg_catalog.json_array_elements(fence -> 'tables'));
  loop
    passes := passes + 1;
    busy := '{}';
    foreach item in array waiting loop
      if held = 0 then
        perform pg_catalog.set_config('synchronous_commit', 'off', true);
        perform from aurora_migration.decision
          where migration = of_migration and phase = 'fenced' and generation = of_generation and run_id = of_run and run_attempt = of_attempt
          for share;
        if not found then
          raise exception 'the fence was given back' using errcode = 'serialization_failure';
        end if;
      end if;
      if pg_catalog.clock_timestamp() >= deadline then
        busy := busy || item;
        continue;
      end if;
      held := held + 1;
      begin
        perform pg_catalog.set_config('lock_timeout', patience || 'ms', true);
        perform aurora_migration.fence_table_for((item ->> 'schema')::name, (item ->> 'table')::name, whose);
        closed := closed + 1;
      exception when lock_not_available or deadlock_detected then
        busy := busy || item;
        held := 16;
      end;
      if held >= 16 then
        commit;
        held := 0;
      end if;
    end loop;
    commit;
    held := 0;
    waiting := busy;
    exit when pg_catalog.cardinality(waiting) = 0 or pg_catalog.clock_timestamp() >= deadline;
    patience := least(500 + (select setting::integer from pg_catalog.pg_settings where name = 'deadlock_timeout'),
                      greatest(40, (extract(epoch from deadline - pg_catalog.clock_timestamp()) * 1000)::integer));
  end loop;
  outcome := pg_catalog.json_build_object('closed', closed, 'passes', passes, 'busy', pg_catalog.array_to_json(waiting));
end $body$;

-- The commit point: from `fenced` to `committed`, against the dead-man, who wants it `aborted`. The caller's COMMIT decides.
create or replace function aurora_migration.commit_read_only(fence json) returns json
language plpgsql set search_path = pg_catalog as $body$
begin
  update aurora_migration.decision
     set phase = 'committed', decided_at = clock_timestamp(), detail = detail || jsonb_build_object('xid', txid_current()::text)
   where migration = fence ->> 'migration' and phase = 'fenced' and generation = (fence ->> 'generation')::bigint
     and run_id = fence ->> 'runId' and run_attempt = (fence ->> 'attempt')::integer;
  if not found then
    raise exception 'the fence was given back' using errcode = 'serialization_failure';
  end if;
  return json_build_object('xid', txid_current()::text, 'lsn', pg_current_wal_insert_lsn()::text);
end $body$;

-- Gives the database back, in the caller's transaction: `aborted`, rights and settings as saved; the triggers pass from its
-- COMMIT on. Null where this fence is decided already, or is another run's; else {unrestored: [sentences]}. `told` goes into the journal.
create or replace function aurora_migration.give_back(fence json, told json) returns json
language plpgsql set search_path = pg_catalog as $body$
declare
  saved json;
  unrestored json := '[]';
  known record;
begin
  update aurora_migration.decision set phase = 'aborted', decided_at = clock_timestamp()
   where migration = fence ->> 'migration' and phase in ('paused', 'fenced') and generation = (fence ->> 'generation')::bigint
     and run_id = fence ->> 'runId' and run_attempt = (fence ->> 'attempt')::integer
  returning * into known;
  if not found then
    return null;
  end if;
  delete from aurora_migration.saved_state
   where migration = known.migration and kind = 'fence' and object = 'generation ' || known.generation
  returning definition::json into saved;
  if saved is not null then
    unrestored := aurora_migration.put_fence_back(saved);
  end if;
  insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
  values (known.migration, known.generation, known.run_id, known.run_attempt, 'aborted',
          told::jsonb || jsonb_build_object('fence', 'read-only', 'unrestored', unrestored::jsonb));
  return json_build_object('unrestored', unrestored);
end $body$;

-- Triggers of fences that were given back refuse nobody, and cost each statement a look at the deciding row. Removed one by one,
-- each with short patience, since a reader holds a DROP up and the DROP would hold up everybody else. Gives how many are left.
create or replace procedure aurora_migration.drop_spent_triggers(budget_ms integer, inout remaining integer)
language plpgsql as $body$
declare
  deadline timestamptz := pg_catalog.clock_timestamp() + budget_ms * interval '1 millisecond';
  spent regclass[];
  one regclass;
begin
  loop
    spent := array(
      select t.tgrelid from pg_catalog.pg_trigger t
      where t.tgname = 'aurora_migration_fence' and t.tgparentid = 0
        and t.tgfoid = 'aurora_migration.refuse_while_fenced()'::regprocedure and not aurora_migration.is_fenced(t.tgrelid));
    remaining := pg_catalog.cardinality(spent);
    exit when remaining = 0 or pg_catalog.clock_timestamp() >= deadline;
    foreach one in array spent loop
      exit when pg_catalog.clock_timestamp() >= deadline;
      begin
        perform pg_catalog.set_config('synchronous_commit', 'off', true);
        perform pg_catalog.set_config('lock_timeout', '40ms', true);
        execute pg_catalog.format('drop trigger if exists aurora_migration_fence on %s', one);
      exception when lock_not_available or deadlock_detected or undefined_table or insufficient_privilege then
        null;
      end;
      commit;
    end loop;
    exit when pg_catalog.clock_timestamp() >= deadline;
    perform pg_catalog.pg_sleep(0.02);
  end loop;
end $body$;

-- Runs in a session of its own from before the fence until the decision, and does not notice that its client died: it says nothing to
-- it until it ends. When the deadline comes and nothing is decided, it gives the database back. Ends early when the row is
-- decided. Between its looks it has no transaction open.
create or replace procedure aurora_migration.dead_man(fence json, budget_ms integer)
language plpgsql as $body$
declare
  deadline timestamptz := pg_catalog.clock_timestamp() + budget_ms * interval '1 millisecond';
  whose json := (aurora_migration.whose_fence(fence));
  of_migration text := whose ->> 'migration';
  of_generation bigint := whose ->> 'generation';
  of_run text := whose ->> 'runId';
  of_attempt integer := whose ->> 'attempt';
  given json;
  remaining integer;
begin
  insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
  values (of_migration, of_generation, of_run, of_attempt, 'fence-armed',
          pg_catalog.json_build_object('pid', pg_catalog.pg_backend_pid(), 'deadline', deadline));
  commit;
  loop
    perform from aurora_migration.decision
      where migration = of_migration and phase in ('paused', 'fenced') and generation = of_generation and run_id = of_run and run_attempt = of_attempt;
    if not found then
      return;
    end if;
    exit when pg_catalog.clock_timestamp() >= deadline;
    commit;
    perform pg_catalog.pg_sleep(0.02);
  end loop;
  for attempt in 1..600 loop
    begin
      given := aurora_migration.give_back(whose, '{"by": "dead-man"}');
      exit;
    exception when others then
      -- Whatever it was, nobody else may be left to do it.
      perform pg_catalog.pg_sleep(0.1);
    end;
    commit;
  end loop;
  commit;
  if given is not null then
    call aurora_migration.drop_spent_triggers(30000, remaining);
  end if;
end $body$;

-- The undoing tried with the doing, for the caller to roll back: rights and settings as the fence leaves them, then put back.
-- Gives what would not be as it was.
create or replace function aurora_migration.rehearse_put_back(fence json, saved_as text) returns json
language plpgsql set search_path = pg_catalog as $body$
begin
  perform aurora_migration.fence_grants(fence);
  return (
    select aurora_migration.put_fence_back(s.definition::json)
    from aurora_migration.saved_state s where s.migration = fence ->> 'migration' and s.kind = 'fence' and s.object = saved_as);
end $body$;
