-- What read-objects.sql and read-grants.sql leave out, in one list: kind, name, and what must be the same on both sides. One
-- statement, whatever the number of tables. Nothing of extensions, of DMS (awsdms_*) or of this migration.
with extension_member as materialized (
  select d.classid, d.objid from pg_depend d where d.deptype = 'e'
),
home as materialized (
  select n.oid, n.nspname from pg_namespace n
  where n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema'
),
relation as materialized (
  select c.*, format('%I.%I', h.nspname, c.relname) as name
  from pg_class c
  join home h on h.oid = c.relnamespace
  where c.relpersistence <> 't' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relname !~ '^awsdms_'
    and not exists (select from extension_member e where e.classid = 'pg_class'::regclass and e.objid = c.oid)
),
-- Views are compared by their definition.
stored as materialized (
  select * from relation where relkind in ('r', 'p', 'f')
),
attribute as materialized (
  select s.name as table_name, format('%s: %I', s.name, a.attname) as name, a.*
  from stored s join pg_attribute a on a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
),
routine as materialized (
  select p.oid, p.proowner, p.proacl, format('%I.%I(%s)', h.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name
  from pg_proc p join home h on h.oid = p.pronamespace
  where p.proname !~ '^awsdms_' and not exists (select from extension_member e where e.classid = 'pg_proc'::regclass and e.objid = p.oid)
),
-- Rows of tables and arrays are types, too; those have the rights and owners of what they belong to.
data_type as materialized (
  select t.oid, t.typowner, t.typacl, format('%I.%I', h.nspname, t.typname) as name
  from pg_type t join home h on h.oid = t.typnamespace
  where (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
    and not exists (select from extension_member e where e.classid = 'pg_type'::regclass and e.objid = t.oid)
),
own_trigger as (
  select t.tgname, t.tgenabled, r.name as table_name
  from pg_trigger t join relation r on r.oid = t.tgrelid where not t.tgisinternal and t.tgname !~ '^aurora_migration_'
),
held (object, owner, acl) as (
  select 'type ' || t.name, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner)) from data_type t
  union all
  -- Without a list of its own a function is for everybody.
  select 'function ' || r.name, r.proowner, coalesce(r.proacl, acldefault('f', r.proowner)) from routine r
  union all
  select 'database', d.datdba, coalesce(d.datacl, acldefault('d', d.datdba)) from pg_database d where d.datname = current_database()
),
line (kind, name, shape) as (
  select 'schema', quote_ident(h.nspname), '' from home h
  union all
  select 'table', s.name,
         concat_ws(' ', case s.relpersistence when 'u' then 'unlogged' end, case s.relkind when 'f' then 'foreign table' else 'table' end,
                   'partitioned by ' || pg_get_partkeydef(s.oid),
                   (select 'of ' || i.inhparent::regclass || ' ' || coalesce(pg_get_expr(s.relpartbound, s.oid), 'by inheritance')
                    from pg_inherits i where i.inhrelid = s.oid order by i.inhseqno limit 1))
  from stored s
  union all
  select 'row security', s.name, concat_ws(' ', case when s.relrowsecurity then 'on' else 'off' end, case when s.relforcerowsecurity then 'forced' end)
  from stored s where s.relrowsecurity or s.relforcerowsecurity
  union all
  select 'replica identity', s.name,
         case s.relreplident when 'n' then 'nothing' when 'f' then 'full'
           else 'index ' || (select x.relname from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = s.oid and i.indisreplident) end
  from stored s where s.relreplident <> 'd'
  union all
  select 'column', a.name,
         concat_ws(' collate ', format_type(a.atttypid, a.atttypmod),
                   (select format('%I.%I', n.nspname, k.collname)
                    from pg_type t, pg_collation k join pg_namespace n on n.oid = k.collnamespace
                    where t.oid = a.atttypid and k.oid = a.attcollation and a.attcollation <> t.typcollation))
  from attribute a
  union all
  select 'column order', a.table_name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) from attribute a group by a.table_name
  union all
  select 'not null', a.name, 'not null' from attribute a where a.attnotnull
  union all
  select 'identity', a.name, case a.attidentity when 'a' then 'always' else 'by default' end from attribute a where a.attidentity <> ''
  union all
  select case when a.attgenerated = '' then 'default' else 'generated column' end, a.name, pg_get_expr(d.adbin, d.adrelid)
  from attribute a join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  union all
  select 'column storage', a.name,
         concat_ws(', ', case when a.attstorage <> t.typstorage then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
                   'compression ' || nullif(case to_jsonb(a) ->> 'attcompression' when 'p' then 'pglz' when 'l' then 'lz4' end, ''),
                   'statistics ' || case when (to_jsonb(a) ->> 'attstattarget')::integer >= 0 then to_jsonb(a) ->> 'attstattarget' end)
  from attribute a join pg_type t on t.oid = a.atttypid
  where a.attstorage <> t.typstorage or coalesce(to_jsonb(a) ->> 'attcompression', '') in ('p', 'l') or (to_jsonb(a) ->> 'attstattarget')::integer >= 0
  union all
  select 'constraint', format('%s: %I', s.name, k.conname), pg_get_constraintdef(k.oid)
  from stored s join pg_constraint k on k.conrelid = s.oid
  -- What a partition has from above comes with the constraint above; NOT NULL is a constraint of its own since version 18.
  where k.contype in ('p', 'u', 'f', 'x', 'c') and k.conparentid = 0 and (not s.relispartition or k.conislocal) and k.conname !~ '^aurora_migration_'
  union all
  select 'trigger state', format('%s: %I', t.table_name, t.tgname),
         case t.tgenabled when 'O' then 'enabled' when 'D' then 'disabled' when 'R' then 'replica' else 'always' end
  from own_trigger t
  union all
  select 'event trigger', quote_ident(e.evtname), concat_ws(' ', e.evtevent, e.evtfoid::regproc, e.evtenabled, e.evttags::text)
  from pg_event_trigger e
  where e.evtname !~ '^(awsdms_|aurora_migration_)' and not exists (select from extension_member m where m.classid = 'pg_event_trigger'::regclass and m.objid = e.oid)
  union all
  select 'sequence', r.name,
         format('%s start %s increment %s min %s max %s cache %s%s', format_type(q.seqtypid, null), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache,
                case when q.seqcycle then ' cycle' else '' end) ||
         coalesce((select format(' owned by %I.%I: %I', n.nspname, c.relname, a.attname)
                   from pg_depend d
                   join pg_class c on c.oid = d.refobjid
                   join pg_namespace n on n.oid = c.relnamespace
                   join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
                   where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') limit 1), '')
  from relation r join pg_sequence q on q.seqrelid = r.oid
  union all
  select 'materialized view state', r.name, case when r.relispopulated then 'populated' else 'not populated' end from relation r where r.relkind = 'm'
  union all
  select 'publication tables', quote_ident(p.pubname), string_agg(format('%I.%I', p.schemaname, p.tablename), ', ' order by p.schemaname collate "C", p.tablename collate "C")
  from pg_publication_tables p group by p.pubname
  union all
  select 'owner', 'function ' || r.name, pg_get_userbyid(r.proowner) from routine r
  union all
  select 'owner', 'type ' || t.name, pg_get_userbyid(t.typowner) from data_type t
  union all
  -- A sequence of a column always has the owner of the table.
  select 'owner', r.name, pg_get_userbyid(r.relowner) from relation r
  where r.relkind = 'f' or r.relkind = 'S' and not exists (
    select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'))
  union all
  -- Objects that PostgreSQL brings have lower numbers.
  select 'comment', i.type || ' ' || i.identity, d.description
  from pg_description d
  cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) as i
  where d.objoid >= 16384 and i.identity is not null and i.type <> 'extension'
    and coalesce(i.schema, '') !~ '^"?(pg_|aurora_migration)' and i.identity !~ '^"?(aurora_migration|awsdms_)' and i.identity !~ '\.awsdms_'
    and not exists (select from extension_member m where m.classid = d.classoid and m.objid = d.objoid)
    -- A trigger, policy, rule or constraint is in no schema of its own: those of tables that are left out go with them.
    and not exists (
      select from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      where d.classoid = 'pg_constraint'::regclass and k.oid = d.objoid and n.nspname ~ '^(pg_|aurora_migration)')
  union all
  select 'grant', held.object || ' to ' || held.grantee, held.privileges
  from (
    select h.object, coalesce(quote_ident(r.rolname), 'PUBLIC') as grantee,
           string_agg(distinct (a.privilege_type || case when a.is_grantable then ' WITH GRANT OPTION' else '' end) collate "C", ', ') as privileges
    from held h cross join lateral aclexplode(h.acl) as a left join pg_roles r on r.oid = a.grantee
    where a.grantee <> h.owner and coalesce(r.rolname, '') !~ '^pg_' and (a.grantee = 0 or r.oid is not null)
    group by 1, 2
  ) as held
  union all
  select 'default privilege', d.name || ' to ' || d.grantee, string_agg(distinct d.privilege collate "C", ', ')
  from (
    select format('%s made by %I in %s', case p.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end,
                  pg_get_userbyid(p.defaclrole), coalesce((select quote_ident(n.nspname) from pg_namespace n where n.oid = p.defaclnamespace), 'every schema')) as name,
           coalesce(quote_ident(r.rolname), 'PUBLIC') as grantee,
           a.privilege_type || case when a.is_grantable then ' WITH GRANT OPTION' else '' end as privilege
    from pg_default_acl p cross join lateral aclexplode(p.defaclacl) as a left join pg_roles r on r.oid = a.grantee
    where a.grantee <> p.defaclrole and a.privilege_type <> 'MAINTAIN'
      and not exists (select from pg_namespace n where n.oid = p.defaclnamespace and n.nspname ~ '^aurora_migration')
  ) as d
  group by d.name, d.grantee
)
select kind, name, shape from line order by kind, name collate "C"
