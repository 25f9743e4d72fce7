-- Last values of all sequences, null where nothing was drawn yet or the login may not look. bigint as text.
select format('%I.%I', n.nspname, c.relname) as name, q.seqincrement::text as increment,
       case when has_sequence_privilege(c.oid, 'select, usage') then pg_sequence_last_value(c.oid)::text end as "lastValue"
from pg_sequence q
join pg_class c on c.oid = q.seqrelid
join pg_namespace n on n.oid = c.relnamespace
where c.relpersistence <> 't' and n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema' and c.relname !~ '^awsdms_'
order by 1
