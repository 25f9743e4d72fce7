-- $1: relation oids. Columns with their type and, for a domain, the type below all domains.
with recursive domain_base (domain, base, typmod) as (
  select t.oid, t.typbasetype, t.typtypmod from pg_type t where t.typtype = 'd'
  union all
  select d.domain, t.typbasetype, case when d.typmod = -1 then t.typtypmod else d.typmod end
  from domain_base d join pg_type t on t.oid = d.base where t.typtype = 'd'
)
select
  a.attrelid::text as oid,
  a.attname as name,
  format_type(a.atttypid, a.atttypmod) as type,
  b.typname as "baseType",
  b.typtype as "typeKind",
  b.typcategory = 'A' as "isArray",
  case when a.atttypmod = -1 then coalesce(d.typmod, -1) else a.atttypmod end as "typeModifier",
  a.attnotnull as "notNull",
  a.attidentity as identity,
  -- PostgreSQL 10 and 11 do not know generated columns; only columns with a default can be one.
  case when a.atthasdef then coalesce(to_jsonb(a) ->> 'attgenerated', '') else '' end as generated,
  (select pg_get_expr(f.adbin, f.adrelid) from pg_attrdef f where f.adrelid = a.attrelid and f.adnum = a.attnum) as "default"
from pg_attribute a
join pg_type t on t.oid = a.atttypid
left join domain_base d on d.domain = a.atttypid and not exists (select from pg_type inner_domain where inner_domain.oid = d.base and inner_domain.typtype = 'd')
join pg_type b on b.oid = coalesce(d.base, t.oid)
where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
