-- $1: JSON array of {schema, table}, $2: schemas that are taken whole. Foreign keys of those tables and of the partitioned tables
-- above them, and those that point to them; keys that a partition has from above are not told apart. Runs on either side.
with recursive given as (
  select c.oid
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
  union
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($2::name[]) and c.relkind in ('r', 'p')
),
chosen (oid) as (
  select oid from given
  union
  select i.inhparent from chosen h join pg_inherits i on i.inhrelid = h.oid join pg_class p on p.oid = i.inhparent and p.relkind = 'p'
)
select n.nspname as schema, c.relname as "table", k.conname as name, pg_get_constraintdef(k.oid) as definition, k.convalidated as valid,
       obj_description(k.oid, 'pg_constraint') as comment, c.relkind = 'p' as partitioned, k.confmatchtype::text as match,
       json_build_object('schema', pn.nspname, 'table', pc.relname) as parent,
       array(select a.attname::text from unnest(k.conkey) with ordinality as u(number, place)
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number order by u.place) as columns,
       array(select a.attname::text from unnest(k.confkey) with ordinality as u(number, place)
             join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number order by u.place) as "parentColumns",
       array(select format('operator(%I.%s)', o_n.nspname, o.oprname) from unnest(k.conpfeqop) with ordinality as u(operator, place)
             join pg_operator o on o.oid = u.operator join pg_namespace o_n on o_n.oid = o.oprnamespace order by u.place) as operators
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class pc on pc.oid = k.confrelid
join pg_namespace pn on pn.oid = pc.relnamespace
where k.contype = 'f' and k.conparentid = 0
  and (k.conrelid in (select oid from chosen) or k.confrelid in (select oid from chosen))
order by n.nspname collate "C", c.relname collate "C", k.conname collate "C"
