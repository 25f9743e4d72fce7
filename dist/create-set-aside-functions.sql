-- Installed on the target by its preparation: what was set aside for the load is described in saved_state, and comes back
-- through these. Each row's definition is what the readers beside this file found (read-foreign-keys.sql, read-user-triggers.sql).

-- What is left to do for each saved foreign key, in order of stage: `add` (as NOT VALID: it holds for every new row at once),
-- `validate`, `join`. Before version 18 a partitioned table takes no NOT VALID key: its leaves carry it until each is
-- validated, then the partitioned table gets the key and adopts theirs without another scan.
create or replace function aurora_migration.foreign_key_steps(of_migration text)
returns table (object text, stage text, statement text)
language sql stable set search_path = pg_catalog as $body$
  with saved as (
    select s.object, d.name, regexp_replace(d.definition, ' NOT VALID$', '') as body, d.valid, d.comment,
           to_regclass(format('%I.%I', d."schema", d."table")) as home
    from aurora_migration.saved_state s
    cross join lateral jsonb_to_record(s.definition) as d("schema" name, "table" name, name name, definition text, valid boolean, comment text)
    where s.migration = of_migration and s.kind = 'foreign-key'
  ),
  placed as (
    select s.*, c.relkind = 'p' and current_setting('server_version_num')::integer < 180000 as on_leaves
    from saved s join pg_class c on c.oid = s.home
  ),
  carrier as (
    select p.*, p.home as relation from placed p where not p.on_leaves
    union all
    select p.*, leaf.relid from placed p
    cross join lateral pg_partition_tree(p.home) as leaf
    join pg_class c on c.oid = leaf.relid and c.relkind = 'r'
    where p.on_leaves
  ),
  carried as (
    select c.*, k.oid as key_oid, k.convalidated
    from carrier c
    left join pg_constraint k on k.conrelid = c.relation and k.conname = c.name and k.contype = 'f'
  ),
  stages as (
    select c.object, 1 as place, 'add' as stage,
           format('alter table %s add constraint %I %s not valid', c.relation, c.name, c.body) as statement
    from carried c
    where c.key_oid is null and not exists (
      select from pg_constraint k where k.conrelid = c.home and k.conname = c.name and k.contype = 'f' and c.on_leaves)
    union all
    select c.object, 2, 'validate', format('alter table %s validate constraint %I', c.relation, c.name)
    from carried c where c.valid and not c.convalidated
    union all
    select p.object, 3, 'join', format('alter table %s add constraint %I %s', p.home, p.name, p.body)
    from placed p
    where p.on_leaves and not exists (
      select from pg_constraint k where k.conrelid = p.home and k.conname = p.name and k.contype = 'f')
    union all
    select p.object, 4, 'join', format('comment on constraint %I on %s is %L', p.name, p.home, p.comment)
    from placed p where p.comment is not null
  )
  select s.object, s.stage, s.statement from stages s order by s.place, s.object collate "C", s.statement collate "C"
$body$;

-- Adds every saved foreign key as NOT VALID in the caller's transaction. Gives how many statements it took.
create or replace function aurora_migration.put_foreign_keys_back(of_migration text) returns integer
language plpgsql set search_path = pg_catalog as $body$
declare
  step record;
  taken integer := 0;
begin
  for step in select s.statement from aurora_migration.foreign_key_steps(of_migration) as s where s.stage = 'add' loop
    execute step.statement;
    taken := taken + 1;
  end loop;
  return taken;
end $body$;

-- Rows whose key is in no row of the other table: how many, and the first of them. `described` is a row of read-foreign-keys.sql.
create or replace function aurora_migration.orphans(described jsonb, most integer)
returns table (orphans bigint, keys text[])
language plpgsql stable set search_path = pg_catalog as $body$
declare
  child regclass := to_regclass(format('%I.%I', described ->> 'schema', described ->> 'table'));
  parent regclass := to_regclass(format('%I.%I', described -> 'parent' ->> 'schema', described -> 'parent' ->> 'table'));
  matching text;
  asked text;
  shown text;
  own text;
begin
  select string_agg(format('p.%I %s c.%I', k.theirs, k.operator, k.ours), ' and ' order by k.place),
         string_agg(format('c.%I is not null', k.ours), case when described ->> 'match' = 'f' then ' or ' else ' and ' end),
         format('concat(%L, concat_ws('', '', %s), '')'')',
                '(' || string_agg(quote_ident(k.ours), ', ' order by k.place) || ')=(',
                string_agg(format('c.%I', k.ours), ', ' order by k.place))
    into matching, asked, shown
    from (
      select o.place, o.name as ours, t.name as theirs, f.name as operator
      from jsonb_array_elements_text(described -> 'columns') with ordinality as o(name, place)
      join jsonb_array_elements_text(described -> 'parentColumns') with ordinality as t(name, place) using (place)
      join jsonb_array_elements_text(described -> 'operators') with ordinality as f(name, place) using (place)
    ) as k;
  select format('concat(%L, concat_ws('', '', %s), '')'')',
                '(' || string_agg(quote_ident(a.attname), ', ' order by k.place) || ')=(',
                string_agg(format('c.%I', a.attname), ', ' order by k.place))
    into own
    from pg_index i
    cross join lateral unnest(i.indkey::int2[]) with ordinality as k(number, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indrelid = child and i.indisprimary;
  return query execute format(
    'with orphan as materialized (
       select concat(%s, '' has no parent for '', %s) as line from %s %s c
       where (%s) and not exists (select from %s %s p where %s)
     )
     select (select count(*) from orphan), array(select line from orphan order by line collate "C" limit $1)',
    coalesce(own, ''''''), shown,
    case when (select relkind from pg_class where oid = child) = 'p' then '' else 'only' end, child, asked,
    case when (select relkind from pg_class where oid = parent) = 'p' then '' else 'only' end, parent, matching)
    using most;
end $body$;

-- Triggers come back with the very letter that they had (pg_trigger.tgenabled). Parents first: where a version of PostgreSQL
-- passes the change on to partitions, each of them gets its own letter afterwards. Gives how many were changed.
create or replace function aurora_migration.restore_triggers(of_migration text) returns integer
language plpgsql set search_path = pg_catalog as $body$
declare
  item record;
  restored integer := 0;
begin
  for item in
    select d.name, d.enabled, t.tgrelid::regclass as home
    from aurora_migration.saved_state s
    cross join lateral jsonb_to_record(s.definition) as d("schema" name, "table" name, name name, enabled text)
    join pg_trigger t on t.tgrelid = to_regclass(format('%I.%I', d."schema", d."table")) and t.tgname = d.name and not t.tgisinternal
    where s.migration = of_migration and s.kind = 'trigger'
    order by (select count(*) from pg_partition_ancestors(t.tgrelid)), s.object collate "C"
  loop
    execute format('alter table only %s %s trigger %I', item.home,
      case item.enabled when 'R' then 'enable replica' when 'A' then 'enable always' when 'D' then 'disable' else 'enable' end, item.name);
    restored := restored + 1;
  end loop;
  delete from aurora_migration.saved_state where migration = of_migration and kind = 'trigger';
  return restored;
end $body$;

-- Where the parameter group makes every session a replica, sessions of this database start as ordinary ones from the opening on:
-- new ones only, which all of them are, and at once, which a parameter group is not.
create or replace function aurora_migration.end_replica_role(of_migration text) returns boolean
language plpgsql set search_path = pg_catalog as $body$
begin
  if not exists (select from aurora_migration.saved_state s where s.migration = of_migration and s.kind = 'replica-role') then
    return false;
  end if;
  execute format('alter database %I set session_replication_role = origin', current_database());
  return true;
end $body$;

-- Is there nothing that make_whole() would put back?
create or replace function aurora_migration.is_whole(of_migration text) returns boolean
language plpgsql set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
begin
  return not exists (
    select from aurora_migration.saved_state s
    where s.migration = of_migration and s.kind in ('not-null', 'foreign-key', 'trigger', 'replica-role'));
end $body$;

-- Everything that the opening puts back, in the caller's transaction and in one round trip.
create or replace function aurora_migration.make_whole(of_migration text) returns json
language plpgsql set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $body$
declare
  kinds text[] := array(select distinct s.kind from aurora_migration.saved_state s where s.migration = of_migration);
begin
  -- Clients wait: only what there is. is_whole() names the same kinds.
  return json_build_object(
    'notNulls', case when 'not-null' = any (kinds) then aurora_migration.restore_not_null(of_migration) else 0 end,
    'foreignKeys', case when 'foreign-key' = any (kinds) then aurora_migration.put_foreign_keys_back(of_migration) else 0 end,
    'triggers', case when 'trigger' = any (kinds) then aurora_migration.restore_triggers(of_migration) else 0 end,
    'replicaRole', case when 'replica-role' = any (kinds) then aurora_migration.end_replica_role(of_migration) else false end);
end $body$;

-- What would keep make_whole() from putting everything back, asked before the commit point. Empty: nothing.
create or replace function aurora_migration.unrestorable(of_migration text) returns text[]
language sql stable set search_path = pg_catalog as $body$
  with saved as (
    select s.kind, s.object, to_regclass(format('%I.%I', d."schema", d."table")) as home, d.name
    from aurora_migration.saved_state s
    cross join lateral jsonb_to_record(s.definition) as d("schema" name, "table" name, name name)
    where s.migration = of_migration and s.kind in ('not-null', 'foreign-key', 'trigger')
  )
  select array(
    select format('%s %s: its table is not on the target', kind, object) from saved where home is null
    union all
    select format('%s %s: the migration''s login does not own %s', s.kind, s.object, s.home)
    from saved s join pg_class c on c.oid = s.home where not pg_has_role(current_user, c.relowner, 'usage')
    union all
    select format('trigger %s is not on the target any more', s.object)
    from saved s
    where s.kind = 'trigger' and s.home is not null
      and not exists (select from pg_trigger t where t.tgrelid = s.home and t.tgname = s.name and not t.tgisinternal)
    union all
    select format('index %s was not made again', s.object)
    from aurora_migration.saved_state s where s.migration = of_migration and s.kind in ('index', 'post-data')
    order by 1)
$body$;
