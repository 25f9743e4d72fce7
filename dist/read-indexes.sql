-- $1: relation oids. Key columns in order; null where the key is an expression.
select
  i.indrelid::text as oid,
  c.relname as name,
  i.indisprimary as "isPrimary",
  i.indisunique as "isUnique",
  i.indisreplident as "isReplicaIdentity",
  i.indimmediate as "isImmediate",
  i.indisvalid as "isValid",
  i.indpred is not null as "isPartial",
  array(
    select a.attname::text
    from generate_series(0, coalesce((to_jsonb(i) ->> 'indnkeyatts')::integer, i.indnatts) - 1) as k
    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k]
      and i.indkey[k] <> 0
    order by k
  ) as columns
from pg_index i
join pg_class c on c.oid = i.indexrelid
where i.indrelid = any ($1::oid[])
order by i.indrelid, c.relname collate "C"
