-- $1: JSON array of {schema, table}, $2: schemas that are taken whole. Indexes that enforce nothing: neither unique nor of a
-- constraint, nor the replica identity. Those of partitions and of the partitioned tables above come apart, with what joins
-- them. A leaf's invalid index is no index. Runs on either side.
with recursive given as (
  select c.oid
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
  union
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($2::name[]) and c.relkind in ('r', 'p', 'm')
),
chosen (oid) as (
  select oid from given
  union
  select i.inhparent from chosen h join pg_inherits i on i.inhrelid = h.oid join pg_class p on p.oid = i.inhparent and p.relkind = 'p'
),
-- An index of a partitioned table takes those of all its partitions with it, planned or not.
indexed (oid) as (
  select x.indexrelid from pg_index x where x.indrelid in (select oid from chosen)
  union
  select i.inhrelid from indexed p join pg_inherits i on i.inhparent = p.oid
)
select n.nspname as schema, t.relname as "table", i.relname as name, pg_get_indexdef(i.oid) as definition, i.relkind = 'I' as partitioned,
       (select pi.relname from pg_inherits h join pg_class pi on pi.oid = h.inhparent where h.inhrelid = i.oid) as "parentName",
       (select pn.nspname from pg_inherits h join pg_class pi on pi.oid = h.inhparent join pg_namespace pn on pn.oid = pi.relnamespace
        where h.inhrelid = i.oid) as "parentSchema",
       x.indisclustered as clustered, obj_description(i.oid, 'pg_class') as comment
from indexed
join pg_index x on x.indexrelid = indexed.oid
join pg_class i on i.oid = x.indexrelid
join pg_class t on t.oid = x.indrelid
join pg_namespace n on n.oid = i.relnamespace
where not x.indisunique and not x.indisprimary and not x.indisexclusion and not x.indisreplident
  and (x.indisvalid or i.relkind = 'I')
  and not exists (select from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = t.oid and d.deptype = 'e')
order by n.nspname collate "C", i.relname collate "C"
