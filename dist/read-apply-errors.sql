-- $1 schemas of DMS's control tables, $2 external ids of the tasks. One row for each control table that is there; the
-- rows inside are read by query_to_xml, since their table's name is data. Base64 keeps XML from touching the text.
select n.nspname as schema, c.relname as "table", r.readable,
       case when r.readable then convert_from(decode((xpath('//found/text()', query_to_xml(format(
         case c.relname
           when 'awsdms_apply_exceptions' then
             'select encode(convert_to(json_build_object(''count'', count(*), ''examples'', (json_agg(json_build_object(
                 ''table'', "TABLE_OWNER" || ''.'' || "TABLE_NAME", ''reason'', left("ERROR", 300)) order by "ERROR_TIME"))::jsonb)::text, ''UTF8''), ''base64'') as found
              from (select * from %1$I.%2$I where "TASK_NAME" = any (%3$L::text[]) order by "ERROR_TIME" limit 1000) as few'
           else
             'select encode(convert_to(json_build_object(''count'', count(*), ''examples'', (json_agg(json_build_object(
                 ''table'', table_owner || ''.'' || table_name, ''reason'', coalesce(suspend_reason, ''''))))::jsonb)::text, ''UTF8''), ''base64'') as found
              from (select * from %1$I.%2$I where task_name = any (%3$L::text[]) limit 1000) as few'
         end, n.nspname, c.relname, $2::text[]), false, true, '')))[1]::text, 'base64'), 'UTF8') end as found
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable
) as r
where n.nspname = any ($1::text[]) and c.relkind = 'r' and c.relname in ('awsdms_apply_exceptions', 'awsdms_suspended_tables')
