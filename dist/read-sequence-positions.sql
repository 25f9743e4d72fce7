-- $1: schemas. Where sequences stand; not readable without a right on the sequence.
select n.nspname as schema, c.relname as sequence,
       has_sequence_privilege(c.oid, 'select, usage') as readable,
       case when has_sequence_privilege(c.oid, 'select, usage') then pg_sequence_last_value(c.oid::regclass)::text end as "lastValue"
from pg_sequence s
join pg_class c on c.oid = s.seqrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($1::name[]) and c.relpersistence <> 't'
order by n.nspname collate "C", c.relname collate "C"
