-- $1: schemas of the planned tables. What a dump of them needs, asked on the source: every schema that they refer to (types,
-- functions, parents of foreign keys), extensions, roles; and which indexes must be there before the load.
with recursive home as (
  select 'pg_class'::regclass::oid as class, c.oid as object, c.relnamespace as space, c.relowner as owner from pg_class c
  union all select 'pg_proc'::regclass, p.oid, p.pronamespace, p.proowner from pg_proc p
  union all select 'pg_type'::regclass, t.oid, t.typnamespace, t.typowner from pg_type t
  union all select 'pg_operator'::regclass, o.oid, o.oprnamespace, o.oprowner from pg_operator o
  union all select 'pg_opclass'::regclass, o.oid, o.opcnamespace, o.opcowner from pg_opclass o
  union all select 'pg_collation'::regclass, c.oid, c.collnamespace, c.collowner from pg_collation c
  union all select 'pg_ts_config'::regclass, c.oid, c.cfgnamespace, c.cfgowner from pg_ts_config c
  union all select 'pg_statistic_ext'::regclass, s.oid, s.stxnamespace, s.stxowner from pg_statistic_ext s
  union all select 'pg_constraint'::regclass, k.oid, k.connamespace, null from pg_constraint k
  union all select 'pg_attrdef'::regclass, a.oid, c.relnamespace, null from pg_attrdef a join pg_class c on c.oid = a.adrelid
  union all select 'pg_rewrite'::regclass, r.oid, c.relnamespace, null from pg_rewrite r join pg_class c on c.oid = r.ev_class
  union all select 'pg_trigger'::regclass, t.oid, c.relnamespace, null from pg_trigger t join pg_class c on c.oid = t.tgrelid
  union all select 'pg_policy'::regclass, p.oid, c.relnamespace, null from pg_policy p join pg_class c on c.oid = p.polrelid
),
member as (
  select d.classid as class, d.objid as object, d.refobjid as extension
  from pg_depend d where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
),
reference as (
  select distinct a.space as used_by, b.space, m.extension
  from pg_depend d
  join home a on a.class = d.classid and a.object = d.objid
  join home b on b.class = d.refclassid and b.object = d.refobjid
  left join member m on m.class = d.refclassid and m.object = d.refobjid
  where m.extension is not null or a.space <> b.space
),
needed (space) as (
  select n.oid from pg_namespace n where n.nspname = any ($1::name[])
  union
  select r.space from needed n join reference r on r.used_by = n.space
  join pg_namespace s on s.oid = r.space
  where r.extension is null and s.nspname !~ '^pg_' and s.nspname <> 'information_schema'
),
own as (
  select h.* from home h
  where h.space in (select space from needed) and not exists (select from member m where m.class = h.class and m.object = h.object)
),
role_of as (
  select owner as role from own where owner is not null
  union select n.nspowner from pg_namespace n where n.oid in (select space from needed) and n.nspname <> 'public'
  union
  select s.refobjid from pg_shdepend s
  where s.refclassid = 'pg_authid'::regclass and s.deptype in ('a', 'r', 'o')
    and s.dbid = (select oid from pg_database where datname = current_database())
    and ((s.classid, s.objid) in (select class, object from own)
      or (s.classid = 'pg_namespace'::regclass and s.objid in (select space from needed))
      or (s.classid = 'pg_default_acl'::regclass and s.objid in (select oid from pg_default_acl where defaclnamespace in (select space from needed))))
)
select
  current_setting('server_version_num')::integer / 10000 as major,
  array(select n.nspname::text from pg_namespace n where n.oid in (select space from needed) order by n.nspname collate "C") as schemas,
  coalesce((
    select json_agg(json_build_object('name', e.extname, 'schema', n.nspname, 'version', e.extversion,
             'needed', exists (select from reference r where r.extension = e.oid and r.used_by in (select space from needed)))
           order by e.extname)
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'), '[]') as extensions,
  array(select r.rolname::text from pg_roles r where r.oid in (select role from role_of) and r.rolname !~ '^(pg_|rds)' order by r.rolname collate "C") as roles,
  coalesce((
    select json_agg(json_build_object('oid', i.oid::text, 'schema', n.nspname, 'name', i.relname, 'owner', pg_get_userbyid(i.relowner)))
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = i.relnamespace
    where i.relnamespace in (select space from needed)
      and (x.indisunique or x.indisprimary or x.indisexclusion or x.indisreplident)), '[]') as "keptIndexes"
