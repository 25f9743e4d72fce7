-- $1: schemas, $2: whether the lines themselves are wanted. One hash over what a change of would make the plan untrue:
-- relations, columns, keys, partitions, sequences, triggers. Left out: rows, statistics, grants, and what the migration and DMS make themselves. One statement: it runs under
-- the locks of a cutover.
with relation as materialized (
  select c.oid, c.relname, c.relkind, c.relpersistence, c.relreplident, c.relispartition, c.relrowsecurity, c.relpartbound,
         format('%I.%I', n.nspname, c.relname) as name
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1::name[]) and c.relkind in ('r', 'p', 'f', 'm', 'S')
    and c.relpersistence <> 't' and c.relname !~ '^awsdms_'
),
line (text) as (
  select concat_ws(' ', 'relation', name, relkind, relpersistence, relreplident, relispartition, relrowsecurity) from relation
  union all
  select concat_ws(' ', 'column', r.name, a.attnum, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity)
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  where r.relkind <> 'S'
  union all
  select concat_ws(' ', 'key', r.name, i.indisprimary, i.indisreplident, i.indkey::text, i.indpred is null)
  from relation r
  join pg_index i on i.indrelid = r.oid and i.indisunique and i.indisvalid
  union all
  select concat_ws(' ', 'child', r.name, 'of', i.inhparent::regclass, pg_get_expr(r.relpartbound, r.oid))
  from relation r
  join pg_inherits i on i.inhrelid = r.oid
  union all
  select concat_ws(' ', 'sequence', r.name, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle)
  from relation r
  join pg_sequence s on s.seqrelid = r.oid
  union all
  select concat_ws(' ', 'trigger', r.name, quote_ident(t.tgname), t.tgenabled, t.tgtype, t.tgfoid::regproc)
  from relation r
  join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal and t.tgname !~ '^aurora_migration_'
)
select encode(sha256(convert_to(coalesce(string_agg(text, E'\n' order by text collate "C"), ''), 'UTF8')), 'hex') as fingerprint,
       array_agg(text order by text collate "C") filter (where $2) as lines
from line
