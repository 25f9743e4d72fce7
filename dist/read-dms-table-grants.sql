-- $1: JSON array of {schema, table}, $2: DMS's user. What it may not do yet.
with chosen as (
  select n.oid as schema_oid, n.nspname, c.oid, c.relname
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
)
select distinct nspname as schema, null::name as "table" from chosen where not has_schema_privilege($2::name, schema_oid, 'usage')
union all
select nspname, relname from chosen
where not (has_table_privilege($2::name, oid, 'select') and has_table_privilege($2::name, oid, 'insert') and has_table_privilege($2::name, oid, 'update')
           and has_table_privilege($2::name, oid, 'delete'))
order by 1, 2 nulls first
