-- $1: JSON array of {kind, name} as read-objects.sql has them. Definitions as this version of PostgreSQL writes them, of those
-- that were found to differ. What is not found is left out.
with wanted as materialized (
  select w.kind, w.name from json_to_recordset($1::json) as w(kind text, name text)
),
home as materialized (
  select n.oid, n.nspname from pg_namespace n where n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema'
),
relation as materialized (
  select c.oid, c.relkind, format('%I.%I', h.nspname, c.relname) as name from pg_class c join home h on h.oid = c.relnamespace
),
line (kind, name, text) as (
  select w.kind, w.name, pg_get_viewdef(r.oid) from wanted w join relation r on r.name = w.name
  where w.kind in ('view', 'materialized view') and r.relkind in ('v', 'm')
  union all
  select w.kind, w.name, pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' (not valid)' end
  from wanted w, pg_index i join relation r on r.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
  where w.kind = 'index' and w.name = format('%s: %I', r.name, x.relname)
  union all
  select w.kind, w.name, pg_get_triggerdef(t.oid)
  from wanted w, pg_trigger t join relation r on r.oid = t.tgrelid
  where w.kind = 'trigger' and w.name = format('%s: %I', r.name, t.tgname)
  union all
  select w.kind, w.name, pg_get_ruledef(p.oid)
  from wanted w, pg_rewrite p join relation r on r.oid = p.ev_class
  where w.kind = 'rule' and w.name = format('%s: %I', r.name, p.rulename)
  union all
  select w.kind, w.name, concat_ws(' ', 'for', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
           case when p.polpermissive then 'permissive' else 'restrictive' end, 'to', array(select pg_get_userbyid(x) from unnest(p.polroles) as x where x <> 0 order by 1)::text,
           'using (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
  from wanted w, pg_policy p join relation r on r.oid = p.polrelid
  where w.kind = 'policy' and w.name = format('%s: %I', r.name, p.polname)
  union all
  select w.kind, w.name, pg_get_statisticsobjdef(s.oid)
  from wanted w, pg_statistic_ext s join home h on h.oid = s.stxnamespace
  where w.kind = 'statistics' and w.name = format('%I.%I', h.nspname, s.stxname)
  union all
  -- Bodies may be long: their digest says that they differ.
  select w.kind, w.name,
         concat_ws(' ', 'body ' || left(md5(case when p.prosrc <> '' or p.prokind = 'a' then p.prosrc else pg_get_functiondef(p.oid) end), 12),
                   case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
                   case when p.proisstrict then 'strict' end, case when p.prosecdef then 'security definer' end, p.proconfig::text)
  from wanted w, pg_proc p join home h on h.oid = p.pronamespace
  where w.kind = 'function' and w.name = format('%I.%I(%s)', h.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
)
select kind, name, text from line
