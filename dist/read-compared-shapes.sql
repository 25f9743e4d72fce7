-- What comparing needs to know of tables: $1 is a JSON array of {place, schema, table, key}. A table that is not there has
-- kind NULL. Sizes of a partitioned table are those of its leaves.
select wanted.place,
       c.relkind::text as kind,
       pg_encoding_to_char(d.encoding) as encoding,
       size.tuples::text as tuples,
       size.bytes::text as bytes,
       size.files,
       coalesce(keys.columns, '[]'::json) as key
from json_to_recordset($1::json) as wanted(place int, schema text, "table" text, key json)
cross join (select * from pg_database where datname = current_database()) as d
left join pg_namespace as n on n.nspname = wanted.schema
left join pg_class as c on c.relnamespace = n.oid and c.relname = wanted.table and c.relkind in ('r', 'p', 'm', 'f')
left join lateral (
  select sum(greatest(leaf.reltuples, 0))::bigint as tuples, sum(pg_table_size(leaf.oid))::bigint as bytes,
         -- Another one after TRUNCATE, a reload that empties, and DROP and CREATE.
         md5(string_agg(concat_ws(' ', leaf.oid, pg_relation_filenode(leaf.oid)), ',' order by leaf.oid)) as files
  from pg_class as leaf
  where leaf.oid = c.oid
     or (c.relkind = 'p' and leaf.oid in (select relid from pg_partition_tree(c.oid) where isleaf))
) as size on c.oid is not null
left join lateral (
  select json_agg(json_build_object(
           'name', a.attname,
           'type', format_type(a.atttypid, a.atttypmod),
           'notNull', a.attnotnull,
           -- Types of extensions bring operators of their own, beside them; those of all other kinds are PostgreSQL's.
           'operators', case when base.typtype = 'b' and base.typcategory <> 'A' then base.nspname else 'pg_catalog' end,
           'order', case
             when a.attcollation = 0 then ''
             when co.collprovider = 'd' then
               case when d.datcollate in ('C', 'POSIX') and coalesce(to_jsonb(d)->>'datlocprovider', 'c') = 'c' then 'C'
                    else concat_ws(' ', coalesce(to_jsonb(d)->>'datlocprovider', 'c'), d.datcollate,
                                   to_jsonb(d)->>'daticulocale', to_jsonb(d)->>'datlocale') end
             when co.collcollate in ('C', 'POSIX') then 'C'
             else concat_ws(' ', co.collprovider::text, co.collcollate, to_jsonb(co)->>'colliculocale', to_jsonb(co)->>'colllocale')
           end,
           'collation', case when a.attcollation = 0 then null else format('%I.%I', con.nspname, co.collname) end,
           'correlation', s.correlation,
           -- Only the first column's values are of use.
           'distinct', s.n_distinct,
           'histogram', case when k.place = 1 then to_json(s.histogram_bounds::text::text[]) end
         ) order by k.place) as columns
  from json_array_elements_text(wanted.key) with ordinality as k(name, place)
  join pg_attribute as a on a.attrelid = c.oid and a.attname = k.name and a.attnum > 0 and not a.attisdropped
  cross join lateral (
    with recursive down as (
      select t.oid, t.typbasetype, t.typtype, t.typcategory, t.typnamespace from pg_type as t where t.oid = a.atttypid
      union all
      select t.oid, t.typbasetype, t.typtype, t.typcategory, t.typnamespace
      from down join pg_type as t on t.oid = down.typbasetype where down.typtype = 'd'
    )
    select down.typtype, down.typcategory, tn.nspname
    from down join pg_namespace as tn on tn.oid = down.typnamespace where down.typtype <> 'd'
  ) as base
  left join pg_collation as co on co.oid = a.attcollation
  left join pg_namespace as con on con.oid = co.collnamespace
  left join pg_stats as s on s.schemaname = wanted.schema and s.tablename = wanted.table and s.attname = k.name
    and s.inherited = (c.relkind = 'p')
) as keys on true
order by wanted.place
