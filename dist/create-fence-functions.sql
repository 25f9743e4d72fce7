-- Installed on the database that is left when a cutover checks. Each takes what it needs as one JSON value, so that a phase costs one
-- round trip. All run with the rights of the caller; names go through format('%I').
-- What runs while writers wait is PL/pgSQL with plan_cache_mode = force_generic_plan: a rehearsal has planned it then, once for the
-- session. A function in SQL is planned at every call, before PostgreSQL 18, and one in PL/pgSQL at its first five.

-- The refusing trigger: owners and superusers meet it too; only session_replication_role = replica passes.
create or replace function aurora_migration.refuse_write() returns trigger
language plpgsql set search_path = pg_catalog as $body$
begin
  raise exception 'this database has moved: % is closed to writers', tg_table_name
    using errcode = 'read_only_sql_transaction', hint = 'Connect again: the address of the database has changed.';
end $body$;

-- Is the refusing trigger there, enabled, and ours? tgtype: before (2), insert (4), delete (8), update (16), truncate (32).
-- One of `fence: read-only` refuses while the deciding row is at its migration and generation (its arguments), and not given back.
create or replace function aurora_migration.is_fenced(fenced regclass) returns boolean
language plpgsql stable set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return exists (
    select from pg_trigger
    where tgrelid = fenced and tgname = 'aurora_migration_fence' and tgenabled in ('O', 'A') and tgqual is null and tgattr::text = ''
      and tgtype = 2 | 4 | 8 | 16 | 32
      and (tgfoid = 'aurora_migration.refuse_write()'::regprocedure
           or tgfoid = to_regprocedure('aurora_migration.refuse_while_fenced()') and exists (
             select from aurora_migration.decision d
             where d.phase in ('fenced', 'committed')
               and tgargs = convert_to(d.migration, getdatabaseencoding()) || '\x00'::bytea || convert_to(d.generation::text, getdatabaseencoding()) || '\x00'::bytea)));
end $body$;

create or replace function aurora_migration.fence_table(schema_name name, table_name name) returns void
language plpgsql set search_path = pg_catalog as $body$
declare
  fenced regclass := format('%I.%I', schema_name, table_name)::regclass;
begin
  -- One of that name that is disabled or runs something else refuses nobody. CREATE OR REPLACE TRIGGER is only known since PostgreSQL 14.
  if not aurora_migration.is_fenced(fenced) then
    if exists (select from pg_trigger where tgrelid = fenced and tgname = 'aurora_migration_fence') then
      execute format('drop trigger aurora_migration_fence on %I.%I', schema_name, table_name);
    end if;
    execute format(
      'create trigger aurora_migration_fence before insert or update or delete or truncate on %I.%I
         for each statement execute function aurora_migration.refuse_write()', schema_name, table_name);
  end if;
end $body$;

-- Rehearses the trigger on every table and the probe of it as every role, each table in a subtransaction that is rolled
-- back at once, so that it is locked for about a millisecond and only in short attempts. What the probe could not prove
-- after the commit point must be known here. Gives the tables where it cannot be done, and why.
drop function if exists aurora_migration.rehearse_fence_triggers(json);
create or replace function aurora_migration.rehearse_fence_triggers(fence_tables json, roles name[]) returns json
language plpgsql set search_path = pg_catalog as $body$
declare
  deadline timestamptz := clock_timestamp() + interval '20 seconds';
  item record;
  attempt integer;
  refusals json[] := '{}';
  outcome text;
begin
  for item in select * from json_to_recordset(fence_tables) as t("schema" name, "table" name) loop
    attempt := 0;
    loop
      begin
        attempt := attempt + 1;
        perform set_config('lock_timeout', '40ms', true);
        perform aurora_migration.fence_table(item."schema", item."table");
        select min(probe ->> 'role' || ': ' || (probe ->> 'outcome')) into outcome
          from json_array_elements(aurora_migration.probe_fence(roles, json_build_array(json_build_object('schema', item."schema", 'table', item."table")))) as probe;
        raise exception using errcode = 'AMREH', message = coalesce(outcome, '');
      exception
        when sqlstate 'AMREH' then
          if sqlerrm <> '' then
            refusals := refusals || json_build_object('table', format('%I.%I', item."schema", item."table"), 'message', sqlerrm);
          end if;
          exit;
        when lock_not_available or deadlock_detected then
          -- Busy is no refusal: the right to do it is what is rehearsed, and the catalogue can tell that as well.
          if attempt >= 25 or clock_timestamp() >= deadline then
            if not has_table_privilege(format('%I.%I', item."schema", item."table"), 'trigger') then
              refusals := refusals || json_build_object('table', format('%I.%I', item."schema", item."table"), 'message', 'no TRIGGER privilege');
            end if;
            exit;
          end if;
          perform pg_sleep(0.005 * attempt);
        when insufficient_privilege then
          refusals := refusals || json_build_object('table', format('%I.%I', item."schema", item."table"), 'message', sqlerrm);
          exit;
      end;
    end loop;
  end loop;
  return array_to_json(refusals);
end $body$;

-- Takes on the first of the given roles that our login may; false (and nobody's role but our own) where it may none. To be called in
-- our own role: others have no rights on this schema.
create or replace function aurora_migration.act_as(wanted name[]) returns boolean
language plpgsql set search_path = pg_catalog as $body$
declare
  one name;
begin
  foreach one in array wanted loop
    begin
      perform set_config('role', one, true);
      return true;
    exception when insufficient_privilege then null;
    end;
  end loop;
  return false;
end $body$;

-- The fence's grants and settings: writing away from everybody, no new tables, new sessions read-only, and (where
-- stale reads are refused) no new sessions at all but ours and DMS's. Each REVOKE is made in the name of its grantor, the
-- owner's last: made in our own it would silently change nothing where our login holds a grant option itself, and
-- CASCADE spares what a member of the owner granted on.
create or replace function aurora_migration.fence_grants(fence json) returns void
language plpgsql set search_path = pg_catalog as $body$
declare
  item record;
  keeper text;
  kept text;
begin
  for item in
    -- One statement for all tables of a grantor and a grantee: a plan may have thousands.
    select a.grantor = c.relowner as by_owner, pg_get_userbyid(a.grantor) as grantor, pg_get_userbyid(c.relowner) as owner,
           case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee,
           string_agg(distinct format('%I.%I', n.nspname, c.relname), ', ') as tables
    from json_to_recordset(fence -> 'tables') as t("schema" name, "table" name)
    join pg_namespace n on n.nspname = t."schema"
    join pg_class c on c.relnamespace = n.oid and c.relname = t."table"
    cross join lateral (
      select acl.grantor, acl.grantee, acl.privilege_type from aclexplode(c.relacl) as acl
      union
      select acl.grantor, acl.grantee, acl.privilege_type
      from pg_attribute att cross join lateral aclexplode(att.attacl) as acl
      where att.attrelid = c.oid
    ) as a
    where a.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') and a.grantee <> c.relowner
    group by 1, 2, 3, 4
    order by by_owner
  loop
    perform set_config('role', 'none', true);
    if not aurora_migration.act_as(array[item.grantor, item.owner]) then
      raise exception 'not a member of %, the owner of %', item.owner, left(item.tables, 200) using errcode = 'insufficient_privilege';
    end if;
    begin
      execute format('revoke insert, update, delete, truncate on %s from %s cascade', item.tables, item.grantee);
    exception when insufficient_privilege then
      -- Grants rest on grants: this grantor's own went with a CASCADE before. What is still there is looked for below.
      null;
    end;
  end loop;
  perform set_config('role', 'none', true);
  select format('%s on %I.%I to %s, granted by %I', a.privilege_type, n.nspname, c.relname, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, pg_get_userbyid(a.grantor))
    into kept
    from json_to_recordset(fence -> 'tables') as t("schema" name, "table" name)
    join pg_namespace n on n.nspname = t."schema"
    join pg_class c on c.relnamespace = n.oid and c.relname = t."table"
    cross join lateral (
      select acl.* from aclexplode(c.relacl) as acl
      union all
      select acl.* from pg_attribute att cross join lateral aclexplode(att.attacl) as acl where att.attrelid = c.oid
    ) as a
    where a.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') and a.grantee <> c.relowner
      and (a.grantee = 0 or pg_get_userbyid(a.grantee) not in (select json_array_elements_text(coalesce(fence -> 'letPass', '[]'))))
    limit 1;
  if kept is not null then
    raise exception 'this grant cannot be taken away: %', kept
      using errcode = 'insufficient_privilege', hint = 'Make the migration''s login a member of the grantor, or REVOKE it as the grantor.';
  end if;

  for item in
    select distinct a.grantor = n.nspowner as by_owner, pg_get_userbyid(a.grantor) as grantor, pg_get_userbyid(n.nspowner) as owner, n.nspname,
           case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
    from json_to_recordset(fence -> 'tables') as t("schema" name, "table" name)
    join pg_namespace n on n.nspname = t."schema"
    cross join lateral aclexplode(n.nspacl) as a
    where a.privilege_type = 'CREATE' and a.grantee <> n.nspowner
    order by by_owner
  loop
    perform set_config('role', 'none', true);
    -- `public` often belongs to the platform: a table that is made in spite of all is looked for after the opening.
    if aurora_migration.act_as(array[item.grantor, item.owner]) then
      begin
        execute format('revoke create on schema %I from %s cascade', item.nspname, item.grantee);
      exception when insufficient_privilege then null;
      end;
    end if;
  end loop;

  perform set_config('role', 'none', true);
  perform aurora_migration.act_as((select array[pg_get_userbyid(datdba)] from pg_database where datname = current_database()));
  execute format('alter database %I set default_transaction_read_only = on', current_database());

  if fence ->> 'staleReads' = 'refuse' then
    for keeper in select json_array_elements_text(fence -> 'keepConnect') loop
      execute format('grant connect on database %I to %I', current_database(), keeper);
    end loop;
    for item in
      select distinct a.grantor = d.datdba as by_owner, pg_get_userbyid(a.grantor) as grantor, pg_get_userbyid(d.datdba) as owner,
             case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
      from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
      where d.datname = current_database() and a.privilege_type = 'CONNECT'
        and (a.grantee = 0 or pg_get_userbyid(a.grantee) not in (select json_array_elements_text(fence -> 'keepConnect')))
      order by by_owner
    loop
      perform set_config('role', 'none', true);
      perform aurora_migration.act_as(array[item.grantor, item.owner]);
      begin
        execute format('revoke connect on database %I from %s cascade', current_database(), item.grantee);
      exception when insufficient_privilege then null;
      end;
    end loop;
    perform set_config('role', 'none', true);
    select format('%s, granted by %I', case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, pg_get_userbyid(a.grantor)) into kept
      from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a
      where d.datname = current_database() and a.privilege_type = 'CONNECT'
        and (a.grantee = 0 or pg_get_userbyid(a.grantee) not in (select json_array_elements_text(fence -> 'keepConnect')))
      limit 1;
    if kept is not null then
      raise exception 'CONNECT cannot be taken from %', kept
        using errcode = 'insufficient_privilege', hint = 'Make the migration''s login a member of the grantor and of the database''s owner.';
    end if;
  end if;
  perform set_config('role', 'none', true);
end $body$;

-- The advisory lock that a migration's fence holds from its raising to its COMMIT.
create or replace function aurora_migration.commit_key(of_migration text) returns bigint
language plpgsql immutable set search_path = pg_catalog as $body$
begin
  return hashtextextended('aurora_migration commit ' || of_migration, 0);
end $body$;

-- Fence and decision in the caller's transaction: its COMMIT is the commit point. Raises where another run decided.
create or replace function aurora_migration.raise_fence(fence json) returns json
language plpgsql set search_path = pg_catalog as $body$
declare
  decided integer;
begin
  -- Freed after the COMMIT is seen: see await_commit.
  perform pg_advisory_xact_lock(aurora_migration.commit_key(fence ->> 'migration'));
  perform aurora_migration.fence_table(t."schema", t."table") from json_to_recordset(fence -> 'tables') as t("schema" name, "table" name);
  perform aurora_migration.fence_grants(fence);
  update aurora_migration.decision
     set phase = 'committed', decided_at = clock_timestamp(),
         detail = detail || jsonb_build_object('xid', txid_current()::text)
   where migration = fence ->> 'migration' and side = fence ->> 'side' and phase = 'paused'
     and generation = (fence ->> 'generation')::bigint
     and run_id = fence ->> 'runId' and run_attempt = (fence ->> 'attempt')::integer;
  get diagnostics decided = row_count;
  if decided <> 1 then
    raise exception 'the decision row is not ours any more' using errcode = 'serialization_failure';
  end if;
  return json_build_object('xid', txid_current()::text, 'lsn', pg_current_wal_insert_lsn()::text);
end $body$;

-- What relations these schemas hold beside the fenced tables (which are locked, and which the fence itself changes), in one number that
-- changes with any that is made, dropped or altered: cheap enough for the last moment before a commit point, where the fingerprint is
-- not. Statistics and VACUUM leave it as it is.
create or replace function aurora_migration.relations_state(schemas name[], fence_tables json) returns text
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return (select count(*) || ' ' || coalesce(sum(hashtextextended(c.oid || ' ' || c.xmin || ' ' || c.ctid, 0)), 0)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any (schemas) and c.relkind in ('r', 'p', 'f', 'm', 'S') and c.relpersistence <> 't'
    and c.oid not in (select format('%I.%I', t."schema", t."table")::regclass from json_to_recordset(fence_tables) as t("schema" name, "table" name)));
end $body$;

-- The same of all that a fence saves and of what makes its schema: relations, columns and their grants, schemas, this database and its
-- settings. Planned tables are locked against DDL when it is first asked, but not against GRANT.
create or replace function aurora_migration.catalogue_state(schemas name[], fence_tables json) returns text
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return (with fenced as materialized (
    select format('%I.%I', t."schema", t."table")::regclass::oid as oid, t."schema" from json_to_recordset(fence_tables) as t("schema" name, "table" name)
  )
  select concat_ws(' ',
    aurora_migration.relations_state(schemas, fence_tables),
    (select sum(hashtextextended(c.xmin || ' ' || c.ctid, 0)) from pg_class c where c.oid in (select oid from fenced)),
    (select sum(hashtextextended(a.xmin || ' ' || a.ctid, 0)) from pg_attribute a where a.attrelid in (select oid from fenced)),
    (select sum(hashtextextended(n.xmin || ' ' || n.ctid, 0)) from pg_namespace n where n.nspname in (select "schema" from fenced)),
    (select hashtextextended(d.xmin || ' ' || d.ctid, 0) from pg_database d where d.datname = current_database()),
    (select sum(hashtextextended(s.xmin || ' ' || s.ctid, 0)) from pg_db_role_setting s
     where s.setdatabase = (select d.oid from pg_database d where d.datname = current_database()))));
end $body$;

-- Under the locks: is everything as it was looked at before them? Else what the fence will change is saved again, by the statement that
-- saved it, and the schema looked at again. Raises AM005 where that is another one.
create or replace function aurora_migration.look_again(fence json, schemas name[], state text, save text, look text, fingerprint text) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  found_now text;
begin
  if aurora_migration.catalogue_state(schemas, fence -> 'tables') = state then
    return;
  end if;
  execute save using fence ->> 'migration', fence ->> 'generation', fence ->> 'tables';
  execute look into found_now using schemas, false;
  if found_now is distinct from fingerprint then
    raise exception 'the schema changed between check and commit point' using errcode = 'AM005';
  end if;
end $body$;

-- The last look before the COMMIT: locks do not keep anybody from making a new table. Only where anything moved since the whole
-- look (`state`) is that made again, by the statement that made it. Raises AM005 where the schema is another one.
create or replace function aurora_migration.refuse_drift(schemas name[], fence_tables json, state text, look text, fingerprint text) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  found_now text;
begin
  if aurora_migration.relations_state(schemas, fence_tables) = state then
    return;
  end if;
  execute look into found_now using schemas, false;
  if found_now is distinct from fingerprint then
    raise exception 'the schema changed between check and commit point' using errcode = 'AM005';
  end if;
end $body$;

-- Tells sessions to end, all in one breath: the first of them take the processor while they go. Gives those that our login may not end.
create or replace function aurora_migration.end_those(pids integer[]) returns integer[]
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  one integer;
  refused integer[] := '{}';
begin
  perform pg_terminate_backend(pid) from unnest(pids) as pid;
  return refused;
exception when insufficient_privilege then
  foreach one in array pids loop
    begin
      perform pg_terminate_backend(one);
    exception when insufficient_privilege then
      refused := refused || one;
    end;
  end loop;
  return refused;
end $body$;

-- Ends every other session of this database and waits until they are really gone: none in pg_stat_activity, and nobody who was starting
-- when it was first asked (who is only in pg_locks, on the database object). To be called when CONNECT is revoked: who starts later takes
-- that lock first and is refused then, so that clients which knock again and again are not waited for. Signals all at once; a backend
-- that was committing when signalled is waited for. Without `signal` it only looks.
create or replace function aurora_migration.end_sessions(keep_pids integer[], keep_users name[], timeout_ms integer, signal boolean default true) returns json
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  deadline timestamptz := clock_timestamp() + timeout_ms * interval '1 millisecond';
  here oid := (select oid from pg_database where datname = current_database());
  starting integer[] := aurora_migration.starting_sessions(keep_pids);
  signalled integer[] := '{}';
  -- The platform's superuser (rdsadmin): it meets the trigger like everybody else.
  beyond integer[] := '{}';
  refused integer[];
  there integer[];
  still json;
begin
  loop
    perform pg_stat_clear_snapshot();
    -- First those who start: one that has started since is among the others then.
    if cardinality(starting) > 0 then
      starting := array(select pid from unnest(starting) as pid where pid = any (aurora_migration.starting_sessions(keep_pids)));
    end if;
    select array_agg(a.pid),
           (array_agg(json_build_object('pid', a.pid, 'user', a.usename, 'application', a.application_name, 'address', a.client_addr::text, 'type', a.backend_type)))[1]
      into there, still
      from pg_stat_activity a
      where a.datid = here and a.pid <> pg_backend_pid() and not a.pid = any (keep_pids) and not a.pid = any (beyond)
        and coalesce(a.usename <> all (keep_users), true)
        and coalesce(a.backend_type, '') not in ('walsender', 'autovacuum worker', 'parallel worker');
    exit when there is null and cardinality(starting) = 0;
    still := coalesce(still, json_build_object('pid', starting[1], 'type', 'starting'));
    if signal then
      there := array(select pid from unnest(there) as pid where not pid = any (signalled));
      refused := aurora_migration.end_those(there);
      signalled := signalled || array(select pid from unnest(there) as pid where not pid = any (refused));
      beyond := beyond || refused;
      -- One that is still starting belongs to nobody yet, and only superusers may end it: else it is waited for until it shows who it is.
      there := array(select pid from unnest(starting) as pid where not pid = any (signalled));
      refused := aurora_migration.end_those(there);
      signalled := signalled || array(select pid from unnest(there) as pid where not pid = any (refused));
    end if;
    exit when clock_timestamp() >= deadline;
    perform pg_sleep(0.001);
  end loop;
  return json_build_object('ended', signalled, 'beyond', beyond, 'left', still);
end $body$;

-- Who is still starting on this database: has locked it, and is nobody yet.
create or replace function aurora_migration.starting_sessions(keep_pids integer[]) returns integer[]
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return array(
    select l.pid
    from pg_locks l
    where l.locktype = 'object' and l.classid = 'pg_database'::regclass
      and l.objid = (select oid from pg_database where datname = current_database())
      and l.pid <> pg_backend_pid() and not l.pid = any (keep_pids)
      and not exists (select from pg_stat_activity a where a.pid = l.pid and a.datname is not null));
end $body$;

-- Waits until the run that raised its fence has decided. Raises AM006 where it did not commit it: nobody is to be ended
-- then. Not by a lock of the deciding row, which would be a write: clients would wait for its COMMIT. Without `refuse` it only looks.
create or replace function aurora_migration.await_commit(wanted_migration text, wanted_generation bigint, refuse boolean default true) returns void
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  perform pg_advisory_xact_lock_shared(aurora_migration.commit_key(wanted_migration));
  -- In a snapshot of its own: as it is now that nobody changes it.
  perform from aurora_migration.decision where migration = wanted_migration and generation = wanted_generation and phase = 'committed';
  if not found and refuse then
    raise exception 'the fence was not committed' using errcode = 'AM006';
  end if;
end $body$;

-- The last values of these sequences as text, in the order of the argument; null where none was given since it was made or set. Null in all where one
-- cannot be read.
create or replace function aurora_migration.last_values(sequences oid[]) returns json
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return (
    select json_agg(pg_sequence_last_value(one.oid)::text order by one.place)
    from unnest(sequences) with ordinality as one(oid, place));
exception when query_canceled then raise;
  when others then return null;
end $body$;

-- Could any of these roles still write? Run in a fresh session that is not exempt from anything. Each table must carry the
-- refusing trigger, and a DELETE that touches no row must fail as each role: on one table each, since on which is rehearsed
-- before anybody waits (each table, each role), and here it is time in which they do. Why it fails does not matter once the
-- trigger is known to be there (an application's own trigger may raise first, a lock may be held); that it passes does. Tables
-- with rewrite rules turn a DELETE into something else: there the trigger alone counts. Gives what was not refused.
create or replace function aurora_migration.probe_fence(roles name[], fence_tables json) returns json
language plpgsql volatile set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  role_name name;
  item record;
  -- Quoted, without those that have rewrite rules.
  written text[] := '{}';
  tried text;
  passed json[] := '{}';
begin
  if current_setting('session_replication_role') = 'replica' then
    return json_build_array(json_build_object('role', current_user, 'table', '', 'outcome', 'sessions start with session_replication_role = replica, which passes every trigger'));
  end if;
  for item in
    select named.name, aurora_migration.is_fenced(c.oid::regclass) as fenced, exists (select from pg_rewrite where ev_class = c.oid) as has_rules
    from json_to_recordset(fence_tables) as t("schema" name, "table" name)
    cross join lateral (select format('%I.%I', t."schema", t."table") as name) as named
    join pg_class c on c.oid = named.name::regclass
  loop
    if not item.fenced then
      passed := passed || json_build_object('role', 'anybody', 'table', item.name, 'outcome', 'the refusing trigger is not there or not enabled');
    end if;
    if not item.has_rules then
      written := written || item.name;
    end if;
  end loop;
  foreach role_name in array roles loop
    -- A role that cannot be taken on proves nothing: its refusal must not count as the fence's.
    begin
      perform set_config('role', role_name, true);
      perform set_config('role', 'none', true);
    exception when others then
      passed := passed || json_build_object('role', role_name, 'table', '', 'outcome', 'not tried: ' || sqlerrm);
      continue;
    end;
    -- Another table for each role.
    tried := written[1 + array_position(roles, role_name) % greatest(1, cardinality(written))];
    continue when tried is null;
    begin
      perform set_config('role', role_name, true);
      execute 'delete from ' || tried || ' where false';
      passed := passed || json_build_object('role', role_name, 'table', tried, 'outcome', 'the write passed');
    exception
      when query_canceled then raise;
      when others then null;
    end;
    perform set_config('role', 'none', true);
  end loop;
  return array_to_json(passed);
end $body$;

-- What must not be in the way of a fence, in one look. Exempt: DMS's user, which writes nothing here.
create or replace function aurora_migration.source_readiness(roles name[], exempt_roles name[]) returns json
language plpgsql volatile set search_path = pg_catalog as $body$
declare
  role_name name;
  known record;
  may_replicate boolean;
  role_facts json[] := '{}';
begin
  foreach role_name in array roles loop
    select r.rolsuper into known from pg_roles r where r.rolname = role_name;
    if not found then
      role_facts := role_facts || json_build_object('role', role_name, 'exists', false, 'superuser', false, 'maySetReplicationRole', false, 'mayBecome', false);
      continue;
    end if;
    may_replicate := known.rolsuper;
    -- Only superusers could before PostgreSQL 15; since then it can be granted.
    if current_setting('server_version_num')::integer >= 150000 then
      execute 'select has_parameter_privilege($1, ''session_replication_role'', ''set'')' into may_replicate using role_name;
    end if;
    role_facts := role_facts || json_build_object('role', role_name, 'exists', true, 'superuser', known.rolsuper, 'maySetReplicationRole', may_replicate, 'mayBecome', pg_has_role(role_name, 'member'));
  end loop;
  return json_build_object(
    'roles', array_to_json(role_facts),
    'mayMonitor', pg_has_role(current_user, 'pg_monitor', 'usage') or (select rolsuper from pg_roles where rolname = current_user),
    'maySignal', pg_has_role(current_user, 'pg_signal_backend', 'usage') or (select rolsuper from pg_roles where rolname = current_user),
    -- In such a session no ordinary trigger fires, the fence's neither.
    'replicaSessions', (
      select coalesce(json_agg(distinct who), '[]') from (
        select coalesce('role ' || quote_ident(r.rolname), 'database ' || quote_ident(d.datname), 'everybody') as who
        from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
        where (s.setdatabase = 0 or d.datname = current_database()) and coalesce(r.rolname <> all (exempt_roles), true) and s.setconfig && array['session_replication_role=replica', 'session_replication_role=local']
        union all
        select 'the server' from pg_settings where name = 'session_replication_role' and setting <> 'origin') as settings),
    'inRecovery', pg_is_in_recovery(),
    'fsync', current_setting('fsync') = 'on',
    'prepared', (select count(*) from pg_prepared_xacts where database = current_database()),
    'subscriptions', (select count(*) from pg_subscription where subenabled and subdbid = (select oid from pg_database where datname = current_database())),
    -- What works in this database and is no client: started again when it is ended, and perhaps in replica mode.
    'workers', (
      select coalesce(json_agg(format('%s (pid %s)', a.backend_type, a.pid) order by a.pid), '[]') from pg_stat_activity a
      where a.datname = current_database() and a.backend_type not in ('client backend', 'walsender', 'autovacuum worker', 'parallel worker')),
    'replicaFunctions', (
      select coalesce(json_agg(p.oid::regprocedure::text order by p.oid::regprocedure::text), '[]') from pg_proc p
      where p.proconfig && array['session_replication_role=replica', 'session_replication_role=local']),
    'largeObjects', exists (select from pg_largeobject_metadata),
    'longest', (select json_build_object('pid', a.pid, 'user', a.usename, 'application', a.application_name, 'seconds', extract(epoch from clock_timestamp() - a.xact_start))
                from pg_stat_activity a
                where a.datname = current_database() and a.backend_xid is not null and a.pid <> pg_backend_pid()
                order by a.xact_start limit 1));
end $body$;
