-- $1: [{schema, table}], $2: DMS's user, $3: rights on the tables that it needs, as a list. What it lacks, as SQL in the name
-- of whoever owns the thing; in order. `object` names what a grant is on; CONNECT has none, LOGIN neither.
with chosen as (
  select n.oid as schema_oid, n.nspname, pg_get_userbyid(n.nspowner) as schema_owner, c.oid, c.relname, pg_get_userbyid(c.relowner) as owner
  from json_to_recordset($1::json) as w("schema" name, "table" name)
  join pg_namespace n on n.nspname = w."schema"
  join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
),
lacking as (
  select c.oid, array_agg(p.privilege order by p.place) as rights
  from chosen c cross join unnest($3::text[]) with ordinality as p (privilege, place)
  where not has_table_privilege($2::name, c.oid, p.privilege)
    -- SELECT on every single column is as good as on the table.
    and (p.privilege <> 'select' or exists (
      select from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and not has_column_privilege($2::name, c.oid, a.attnum, 'select')))
  group by c.oid
)
select 1 as step, null as acting, format('alter role %I login', $2::name) as statement, null as object, null as "schema", null as "table"
from pg_roles r where r.rolname = $2 and not r.rolcanlogin
union all
select 2, pg_get_userbyid(d.datdba), format('grant connect on database %I to %I', d.datname, $2::name), null, null, null
from pg_database d where d.datname = current_database() and not has_database_privilege($2::name, d.oid, 'connect')
union all
select distinct 3, c.schema_owner, format('grant usage on schema %I to %I', c.nspname, $2::name), quote_ident(c.nspname), c.nspname::text, null
from chosen c where not has_schema_privilege($2::name, c.schema_oid, 'usage')
union all
select 4, c.owner, format('grant %s on %I.%I to %I', array_to_string(l.rights, ', '), c.nspname, c.relname, $2::name),
       format('%I.%I', c.nspname, c.relname), c.nspname::text, c.relname::text
from lacking l join chosen c on c.oid = l.oid
order by 1, 2 nulls first, 3
