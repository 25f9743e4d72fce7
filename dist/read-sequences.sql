-- $1: JSON array of {schema, sequence}, or null for all sequences of the application. bigint as text throughout.
-- Each is looked up by itself, through the catalogue's indexes (`offset 0` keeps it so): on a database that was made a
-- moment ago, without statistics, a join is planned as if there were no sequences, and 10,000 take half a minute.
-- The view pg_sequences says nothing of a value that was set but never used (is_called = false), so those are read from the
-- sequence itself; each of them costs several times as much as one that was used.
with wanted as (
  select w.schema, w.sequence
  from json_to_recordset($1::json) as w(schema name, sequence name)
  union all
  -- Not the migration's, not DMS's, none of an extension.
  select n.nspname, c.relname
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where $1::json is null and c.relkind = 'S' and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'aurora_migration', 'aurora_migration_markers', 'aurora_migration_dms')
    and c.relname !~ '^awsdms_'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
), found as materialized (
  select w.schema, w.sequence, s.*,
         -- Without the right to read it, both ways of reading it raise an error.
         has_sequence_privilege(s.seqrelid, 'select') as readable,
         case when has_sequence_privilege(s.seqrelid, 'select') then pg_sequence_last_value(s.seqrelid) end as last
  from wanted w
  left join lateral (
    select p.* from pg_sequence p
    where p.seqrelid = (select c.oid from pg_class c where c.relname = w.sequence and c.relkind = 'S'
                          and c.relnamespace = (select n.oid from pg_namespace n where n.nspname = w.schema))
    offset 0) as s on true
)
select schema::text as schema, sequence::text as sequence, seqrelid is not null as present, readable,
       has_sequence_privilege(seqrelid, 'update') as settable,
       format_type(seqtypid, null) as type, seqincrement::text as increment, seqmin::text as min, seqmax::text as max, seqcycle as cycle,
       case when last is not null then last::text
            when readable then substring(query_to_xml(format('select last_value from %I.%I', schema, sequence), false, true, '')::text from '<last_value>(-?[0-9]+)<')
       end as "lastValue",
       last is not null as called
from found
