-- $1: schemas. Sequences with the table that owns them, without their values.
select
  n.nspname as schema,
  c.relname as sequence,
  format_type(s.seqtypid, null) as type,
  s.seqstart::text as start,
  s.seqincrement::text as increment,
  s.seqmin::text as min,
  s.seqmax::text as max,
  s.seqcycle as cycle,
  owned.refobjid::text as "ownerOid"
from pg_sequence s
join pg_class c on c.oid = s.seqrelid
join pg_namespace n on n.oid = c.relnamespace
left join lateral (
  select d.refobjid from pg_depend d
  where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
    and d.refobjsubid > 0 and d.deptype in ('a', 'i')
  limit 1
) as owned on true
where n.nspname = any ($1::name[]) and c.relpersistence <> 't' and c.relname !~ '^awsdms_'
order by n.nspname collate "C", c.relname collate "C"
