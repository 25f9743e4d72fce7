-- What the application relies on beside rows, in one list: kind, name, what must be the same whatever the version, and a hash of it all.
with extension_member as materialized (
  select d.classid, d.objid from pg_depend d where d.deptype = 'e'
),
home as materialized (
  select n.oid, n.nspname, pg_get_userbyid(n.nspowner) as owner from pg_namespace n
  where n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema'
),
relation as materialized (
  select c.oid, c.relkind, c.reloptions, c.relowner, format('%I.%I', h.nspname, c.relname) as name
  from pg_class c
  join home h on h.oid = c.relnamespace
  where c.relpersistence <> 't' and c.relname !~ '^awsdms_'
    and not exists (select from extension_member e where e.classid = 'pg_class'::regclass and e.objid = c.oid)
),
line (kind, name, shape, definition) as (
  select case r.relkind when 'v' then 'view' else 'materialized view' end, r.name,
         (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
          from pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped),
         pg_get_viewdef(r.oid)
  from relation r where r.relkind in ('v', 'm')
  union all
  select 'function', format('%I.%I(%s)', h.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
         concat_ws(' ', pg_get_function_result(p.oid), l.lanname, case when p.prosecdef then 'security definer' end),
         concat_ws(' ', case when p.prosrc <> '' or p.prokind = 'a' then p.prosrc else pg_get_functiondef(p.oid) end, p.provolatile, p.proisstrict, p.proconfig::text)
  from pg_proc p
  join home h on h.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  where not exists (select from extension_member e where e.classid = 'pg_proc'::regclass and e.objid = p.oid)
    -- DMS makes it where DDL is captured.
    and p.proname !~ '^awsdms_'
  union all
  select case t.typtype when 'd' then 'domain' else 'type' end, format('%I.%I', h.nspname, t.typname),
         case t.typtype
           when 'e' then 'enum ' || (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)
           when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), case when t.typnotnull then 'not null' end, t.typdefault,
                (select string_agg(pg_get_constraintdef(k.oid), ' ' order by k.conname collate "C") from pg_constraint k where k.contypid = t.oid and k.contype = 'c'))
           when 'c' then (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
                from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
           when 'r' then 'range of ' || (select format_type(g.rngsubtype, null) from pg_range g where g.rngtypid = t.oid)
         end, ''
  from pg_type t
  join home h on h.oid = t.typnamespace
  where (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
    and not exists (select from extension_member e where e.classid = 'pg_type'::regclass and e.objid = t.oid)
  union all
  select 'index', format('%s: %I', r.name, x.relname), null, pg_get_indexdef(i.indexrelid) || i.indisvalid
  from pg_index i join relation r on r.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
  union all
  select 'trigger', format('%s: %I', r.name, t.tgname), null, pg_get_triggerdef(t.oid)
  from pg_trigger t join relation r on r.oid = t.tgrelid where not t.tgisinternal and t.tgname !~ '^aurora_migration_'
  union all
  select 'policy', format('%s: %I', r.name, p.polname), null,
         concat_ws(' ', p.polcmd, p.polpermissive, array(select pg_get_userbyid(x) from unnest(p.polroles) as x where x <> 0 order by 1)::text,
                   pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  from pg_policy p join relation r on r.oid = p.polrelid
  union all
  select 'statistics', format('%I.%I', h.nspname, s.stxname), null, pg_get_statisticsobjdef(s.oid)
  from pg_statistic_ext s join home h on h.oid = s.stxnamespace
  union all
  select 'publication', quote_ident(p.pubname), null, p.puballtables::text from pg_publication p
  union all
  select 'rule', format('%s: %I', r.name, w.rulename), null, pg_get_ruledef(w.oid)
  from pg_rewrite w join relation r on r.oid = w.ev_class where w.rulename <> '_RETURN'
  union all
  select 'owner', r.name, pg_get_userbyid(r.relowner)::text, '' from relation r where r.relkind in ('r', 'p', 'v', 'm')
  union all
  select 'owner', 'schema ' || quote_ident(h.nspname), h.owner::text, '' from home h
  union all
  -- autovacuum is switched off while rows are loaded.
  select 'table option', r.name, string_agg(o.option, ', ' order by o.option), ''
  from relation r cross join lateral unnest(r.reloptions) as o(option)
  where r.relkind in ('r', 'm') and o.option !~ '^(toast\.)?autovacuum_enabled=' group by r.name
)
select kind, name, shape, md5(coalesce(shape, '') || definition) as definition from line order by kind, name collate "C"
