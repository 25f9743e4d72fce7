-- $1: relation oids. Columns with the sequence that feeds them: one that they own, or one that their default names.
with fed (relation, attnum, sequence) as (
  select d.refobjid, d.refobjsubid, d.objid
  from pg_depend d
  join pg_sequence s on s.seqrelid = d.objid
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
    and d.deptype in ('a', 'i') and d.refobjid = any ($1::oid[])
  union
  select f.adrelid, f.adnum, d.refobjid
  from pg_attrdef f
  join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass
  join pg_sequence s on s.seqrelid = d.refobjid
  where f.adrelid = any ($1::oid[])
)
select n.nspname as schema, c.relname as "table", a.attname as column,
       format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) as "columnType",
       m.nspname as "sequenceSchema", q.relname as sequence
from fed
join pg_class c on c.oid = fed.relation
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = fed.relation and a.attnum = fed.attnum
join pg_type t on t.oid = a.atttypid
join pg_class q on q.oid = fed.sequence
join pg_namespace m on m.oid = q.relnamespace
order by n.nspname collate "C", c.relname collate "C", a.attnum, q.relname collate "C"
