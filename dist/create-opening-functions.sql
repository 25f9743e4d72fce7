-- Installed on the database that is entered when a cutover checks.

-- After the marker: in the same look no apply exception, no suspended table beyond what is allowed, no canary. The journal row
-- makes this a write: its synchronous commit makes everything that DMS applied before it durable, too. It says whether this look
-- proves the drain: a row that does not is never taken as proof, by whatever run. `proves` is false for a look that is one of several.
create or replace function aurora_migration.drain(wanted json) returns json
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  missing name[];
  canaries bigint;
  exceptions bigint := 0;
  suspended bigint := 0;
  counted bigint;
  control record;
  proved boolean;
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
  proved := (wanted ->> 'proves')::boolean and cardinality(missing) = 0 and canaries = 0
    and exceptions <= (wanted -> 'allowed' ->> 'exceptions')::bigint and suspended <= (wanted -> 'allowed' ->> 'suspended')::bigint;
  insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
  values (wanted ->> 'migration', (wanted ->> 'generation')::bigint, wanted ->> 'runId', (wanted ->> 'attempt')::integer, 'drained',
          json_build_object('marker', wanted ->> 'marker', 'missing', to_json(missing), 'canaries', canaries, 'exceptions', exceptions,
                            'suspended', suspended, 'proved', proved));
  return json_build_object('missing', missing, 'canaries', canaries, 'exceptions', exceptions, 'suspended', suspended, 'proved', proved);
end $body$;

-- Right after the drain's COMMIT, which has flushed everything before it: moves the slots of the way back to this cut, so that
-- they give nothing of what was applied before. A transaction that writes across the cut would be given whole: it is waited for, but
-- for our own (`keepPids`), which writes to the control schema only.
-- The cut is written down: what PostgreSQL keeps of an advanced slot is lost in a crash before its next checkpoint.
create or replace function aurora_migration.move_slots(slots name[], timeout_ms integer, cutover json) returns json
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  cut json;
  deadline timestamptz := clock_timestamp() + timeout_ms * interval '1 millisecond';
begin
  if cardinality(slots) = 0 then
    return '[]';
  end if;
  loop
    perform pg_stat_clear_snapshot();
    exit when not exists (
      select from pg_stat_activity
      where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid()
        and pid not in (select json_array_elements_text(cutover -> 'keepPids')::integer));
    if clock_timestamp() >= deadline then
      raise exception 'a transaction that writes stays open at the cut' using errcode = 'lock_not_available';
    end if;
    perform pg_sleep(0.001);
  end loop;
  perform aurora_migration.advance_slots(slots);
  select coalesce(json_agg(json_build_object('slot', slot_name, 'lsn', confirmed_flush_lsn::text)), '[]') into cut
    from pg_replication_slots where slot_name = any (slots);
  insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail)
  values (cutover ->> 'migration', (cutover ->> 'generation')::bigint, cutover ->> 'runId', (cutover ->> 'attempt')::integer, 'cut',
          json_build_object('slots', cut));
  return cut;
end $body$;

-- The proof that every write of the other database is here: the journal row of a drain of this generation in which no marker
-- was missing and nothing was left behind on the way. It was written after the marker had been seen, with a synchronous commit: wherever the row is, everything
-- that was applied before it is too, whatever crash or failover came in between. Where it is lost, drain again.
create or replace function aurora_migration.drain_proved(wanted_migration text, wanted_generation bigint) returns boolean
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return exists (
    select from aurora_migration.journal
    where migration = wanted_migration and generation = wanted_generation and event = 'drained' and detail -> 'proved' = 'true'::jsonb);
end $body$;

-- First in the transaction that opens: the row follows the other database's, from guarded, or from committed by an earlier
-- cutover, to opened, once. It comes before setval, which no ROLLBACK undoes. Raises AM001 where the row is not closed any
-- more, AM002 where the proof of the drain is not here. Which cutover's tasks carried the rows is kept: the row does not say it any more.
create or replace function aurora_migration.enter(opening json) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  update aurora_migration.decision
     set phase = 'opened', generation = (opening ->> 'generation')::bigint, run_id = opening ->> 'runId', run_attempt = (opening ->> 'attempt')::integer,
         plan_digest = opening ->> 'planDigest', direction = opening ->> 'direction',
         detail = jsonb_build_object('carriedBy', case phase when 'committed' then generation::text end), decided_at = clock_timestamp()
   where migration = opening ->> 'migration' and side = opening ->> 'side'
     and (phase = 'guarded' or (phase = 'committed' and generation < (opening ->> 'generation')::bigint));
  if not found then
    raise exception 'the deciding row is not closed any more' using errcode = 'AM001';
  end if;
  if not aurora_migration.drain_proved(opening ->> 'migration', (opening ->> 'generation')::bigint) then
    raise exception 'the proof of the drain is not here' using errcode = 'AM002';
  end if;
end $body$;

-- Lifts the fence with which a cutover of that generation left this database: triggers dropped, rights and setting as they were
-- saved, per grantor. Gives what could not be put back, as sentences.
create or replace function aurora_migration.lift_fence(of_migration text, of_generation bigint) returns json
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  saved json;
  item record;
begin
  delete from aurora_migration.saved_state
   where migration = of_migration and kind = 'fence' and object = 'generation ' || of_generation
  returning definition::json into saved;
  if saved is null then
    raise exception 'what the fence of generation % changed was not saved', of_generation using errcode = 'object_not_in_prerequisite_state';
  end if;
  for item in
    select n.nspname, c.relname
    from json_to_recordset(saved -> 'tables') as t("schema" name, "table" name)
    join pg_namespace n on n.nspname = t."schema"
    join pg_class c on c.relnamespace = n.oid and c.relname = t."table"
    join pg_trigger g on g.tgrelid = c.oid and g.tgname = 'aurora_migration_fence' and g.tgfoid = to_regproc('aurora_migration.refuse_write')
    order by 1, 2
  loop
    execute format('drop trigger aurora_migration_fence on %I.%I', item.nspname, item.relname);
  end loop;
  return aurora_migration.put_fence_back(saved);
end $body$;

-- Rehearses lift_fence() while DMS still writes here, for the caller to roll back. What locks tables is tried one table at a time,
-- each in a subtransaction that is rolled back at once: never two locks, none for longer than about a millisecond, and waited
-- for in short attempts, so that what DMS applies is neither held up nor chosen as the victim of a deadlock. Then rights and
-- settings, which lock no table. Gives what could not be put back, as sentences.
create or replace function aurora_migration.rehearse_lift_fence(of_migration text, of_generation bigint) returns json
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  deadline timestamptz := clock_timestamp() + interval '10 seconds';
  saved json;
  item record;
  attempt integer;
  refusals text[] := '{}';
begin
  select definition::json into saved from aurora_migration.saved_state
   where migration = of_migration and kind = 'fence' and object = 'generation ' || of_generation;
  if saved is null then
    raise exception 'what the fence of generation % changed was not saved', of_generation using errcode = 'object_not_in_prerequisite_state';
  end if;
  for item in
    select format('%I.%I', n.nspname, c.relname) as fenced, pg_has_role(current_user, c.relowner, 'usage') as ours
    from json_to_recordset(saved -> 'tables') as t("schema" name, "table" name)
    join pg_namespace n on n.nspname = t."schema"
    join pg_class c on c.relnamespace = n.oid and c.relname = t."table"
    join pg_trigger g on g.tgrelid = c.oid and g.tgname = 'aurora_migration_fence' and g.tgfoid = to_regproc('aurora_migration.refuse_write')
    order by n.nspname, c.relname
  loop
    attempt := 0;
    loop
      begin
        attempt := attempt + 1;
        perform set_config('lock_timeout', '40ms', true);
        execute format('drop trigger aurora_migration_fence on %s', item.fenced);
        raise exception using errcode = 'AMREH';
      exception
        when sqlstate 'AMREH' then exit;
        when lock_not_available or deadlock_detected then
          -- Busy is no refusal: the opening has the table for itself. Whether it may, the catalogue tells as well.
          if attempt >= 25 or clock_timestamp() >= deadline then
            if not item.ours then
              refusals := refusals || format('must be owner of %s', item.fenced);
            end if;
            exit;
          end if;
          perform pg_sleep(0.005 * attempt);
        when insufficient_privilege then
          refusals := refusals || sqlerrm;
          exit;
      end;
    end loop;
  end loop;
  return array_to_json(refusals || array(select json_array_elements_text(aurora_migration.put_fence_back(saved))));
end $body$;

-- The smoke test on a database that is still closed by a fence. In a subtransaction that never ends but by being rolled back the
-- refusing functions let pass: nobody else ever sees them so, and no trigger has to be dropped, which would lock its table.
create or replace function aurora_migration.rehearse_smoke_test(role_name name, statements json) returns void
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  refusing name;
begin
  for refusing in
    select p.proname from pg_proc p
    where p.pronamespace = 'aurora_migration'::regnamespace and p.proname in ('refuse_write', 'refuse_while_fenced') and p.pronargs = 0
      and exists (select from pg_trigger g where g.tgfoid = p.oid)
  loop
    execute format('create or replace function aurora_migration.%I() returns trigger language plpgsql as %L', refusing, 'begin return null; end');
  end loop;
  perform aurora_migration.smoke_test(role_name, statements);
  raise exception using errcode = 'AMREH';
exception when sqlstate 'AMREH' then null;
end $body$;

-- The policy's statements as an application role, taken back afterwards: a smoke test leaves nothing, and ends no transaction.
create or replace function aurora_migration.smoke_test(role_name name, statements json) returns void
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  statement text;
begin
  perform set_config('role', role_name, true);
  perform set_config('search_path', 'public', true);
  for statement in select json_array_elements_text(statements) loop
    execute statement;
  end loop;
  raise exception using errcode = 'AMSMK';
exception when sqlstate 'AMSMK' then null;
end $body$;

-- The files of the tables, in one text that changes with any of them.
create or replace function aurora_migration.files_state(planned_tables json) returns text
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return (
    select string_agg(coalesce(pg_relation_filenode(format('%I.%I', t."schema", t."table")::regclass), 0)::text, ' ')
    from json_to_recordset(planned_tables) as t("schema" name, "table" name));
end $body$;

-- Raises where a table got another file since `aurora_migration.files` was set to that text: DMS truncated one, and what was recorded
-- since is not true any more.
create or replace function aurora_migration.refuse_other_files(planned_tables json) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  if aurora_migration.files_state(planned_tables) is distinct from current_setting('aurora_migration.files') then
    raise exception 'a table was truncated meanwhile' using errcode = 'object_not_in_prerequisite_state';
  end if;
end $body$;

-- How many rows of each table were changed so far, as the statistics count: what a way back without replication would lose is
-- counted from here.
create or replace function aurora_migration.change_counters(counted_tables json) returns json
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return json_build_object(
    'reset', (select coalesce(stats_reset::text, '') from pg_stat_database where datname = current_database()),
    'changes', (
      select coalesce(json_object_agg(format('%I.%I', n.nspname, c.relname),
               (pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid))::text), '{}')
      from json_to_recordset(counted_tables) as t("schema" name, "table" name)
      join pg_namespace n on n.nspname = t."schema" join pg_class c on c.relnamespace = n.oid and c.relname = t."table"));
end $body$;

-- Takes writing and LOGIN from the user with which DMS wrote here: from here on a task that recovers cannot write over what
-- clients write. Raises where the user could still write afterwards, or where its sessions could not be ended. Ends no session
-- itself and locks no table, so that neither a rehearsal of it nor an uncommitted one disturbs replication.
create or replace function aurora_migration.shut_out(dms_user name, planned_tables json) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  item record;
  kept text;
begin
  if not (pg_has_role(current_user, 'pg_signal_backend', 'usage') or pg_has_role(current_user, dms_user, 'usage')) then
    raise exception 'sessions of % could not be ended', dms_user
      using errcode = 'insufficient_privilege', hint = 'GRANT pg_signal_backend TO the migration''s login.';
  end if;
  execute format('alter role %I nologin', dms_user);
  for item in select * from aurora_migration.by_owner(planned_tables, '') loop
    -- As the owner: in our own name it would change nothing where our login holds a grant option itself.
    perform set_config('role', item.owner, true);
    execute format('revoke insert, update, delete, truncate on %s from %I cascade', item.tables, dms_user);
    perform set_config('role', 'none', true);
  end loop;
  select one::regclass::text into kept
    from aurora_migration.with_ancestors(planned_tables) as one
    where has_table_privilege(dms_user, one, 'insert, update, delete, truncate')
      -- has_any_column_privilege() would look at every column, and few have grants of their own.
      or exists (select from pg_attribute a where a.attrelid = one and a.attacl is not null and has_column_privilege(dms_user, one, a.attnum, 'insert, update'))
    limit 1;
  if kept is not null then
    raise exception '% could still write to %', dms_user, kept
      using errcode = 'insufficient_privilege', hint = 'It is a member of a role that may write, or the grant has another grantor.';
  end if;
end $body$;

-- Locks the tables until the caller's transaction ends. `share row exclusive` is against writers: what DMS has begun to write is waited
-- for, and what it begins waits, and is refused when that transaction has shut it out. `share update exclusive` is against VACUUM and
-- ANALYZE alone, which would wait for a change of the tables' grants with a lock in hand that is wanted next.
create or replace function aurora_migration.hold_tables(planned_tables json, mode text) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  item record;
begin
  for item in select * from aurora_migration.by_owner(planned_tables, 'only ') loop
    perform set_config('role', item.owner, true);
    execute format('lock table %s in %s mode', item.tables, mode);
    perform set_config('role', 'none', true);
  end loop;
end $body$;

-- The same with_ancestors, as lists for a statement that an owner makes: `a.b, c.d`, with what is to stand before each name.
create or replace function aurora_migration.by_owner(planned_tables json, before text) returns table (owner name, tables text)
language plpgsql stable set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return query
    select pg_get_userbyid(c.relowner), string_agg(before || format('%I.%I', n.nspname, c.relname), ', ' order by n.nspname, c.relname)
    from aurora_migration.with_ancestors(planned_tables) as one
    join pg_class c on c.oid = one join pg_namespace n on n.oid = c.relnamespace
    group by c.relowner;
end $body$;

-- The tables, and the partitioned tables above them: through those one writes to the same rows.
create or replace function aurora_migration.with_ancestors(planned_tables json) returns setof oid
language plpgsql stable set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return query with planned as (
    select format('%I.%I', t."schema", t."table")::regclass::oid as oid from json_to_recordset(planned_tables) as t("schema" name, "table" name)
  )
  select oid from planned union select a.relid::oid from planned cross join lateral pg_partition_ancestors(planned.oid) as a;
end $body$;

-- Ends the sessions of the user with which DMS wrote here and waits until they are gone. Raises AM003 where some are left.
create or replace function aurora_migration.end_sessions_of(dms_user name, timeout_ms integer) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  deadline timestamptz := clock_timestamp() + timeout_ms * interval '1 millisecond';
  remaining integer;
begin
  loop
    perform pg_stat_clear_snapshot();
    perform pg_terminate_backend(pid) from pg_stat_activity where usename = dms_user;
    get diagnostics remaining = row_count;
    exit when remaining = 0;
    if clock_timestamp() >= deadline then
      raise exception '% sessions of % do not end', remaining, dms_user using errcode = 'AM003';
    end if;
    perform pg_sleep(0.001);
  end loop;
end $body$;

-- Ends sessions that began before this database was opened: they took a read-only default with them. `opened_at`: right after the
-- COMMIT; null where its answer was lost. Gives how many.
create or replace function aurora_migration.end_sessions_before_opening(keep_pids integer[], opened_at timestamptz) returns integer
language sql volatile set search_path = pg_catalog as $body$
  with opened as materialized (
    select coalesce(opened_at, (select max(decided_at) from aurora_migration.decision where phase = 'opened')) as at
  ),
  stale as materialized (
    select a.pid from pg_stat_activity a cross join opened
    where a.datname = current_database() and a.pid <> pg_backend_pid() and not a.pid = any (keep_pids)
      and a.backend_type = 'client backend' and a.usename <> current_user and a.backend_start <= opened.at
      and not exists (select from pg_roles r where r.oid = a.usesysid and r.rolsuper)
  )
  select count(pg_terminate_backend(pid))::integer from stale
$body$;
