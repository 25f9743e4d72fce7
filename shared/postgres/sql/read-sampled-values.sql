-- $1: relation oids. What ANALYZE has kept of columns in which DMS may change values: dates, and numeric without precision.
with wanted as (
  select a.attrelid, n.nspname, c.relname, c.reltuples, a.attname, b.typname
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid
  join pg_type b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
    and (b.typname in ('date', 'timestamp', 'timestamptz') or b.typname = 'numeric' and a.atttypmod = -1 and t.typtypmod = -1)
),
kept as (
  select w.*, coalesce(s.most_common_vals::text, '{}') as common, coalesce(s.histogram_bounds::text, '{}') as bounds, s.attname is not null as seen
  from wanted w
  left join pg_stats s on s.schemaname = w.nspname and s.tablename = w.relname and s.attname = w.attname and not s.inherited
)
select
  (select coalesce(json_agg(json_build_object('schema', k.nspname, 'table', k.relname, 'column', k.attname, 'baseType', k.typname,
       'infinity', k.common ~* 'infinity' or k.bounds ~* 'infinity', 'notANumber', k.common ~ 'NaN' or k.bounds ~ 'NaN',
       'decimals', v.decimals, 'digits', v.digits) order by k.nspname collate "C", k.relname collate "C", k.attname collate "C"), '[]')
   from kept k
   left join lateral (
     select max(length(split_part(value, '.', 2))) as decimals, max(length(translate(value, '-.', ''))) as digits
     from unnest(k.common::text[] || k.bounds::text[]) as value
     where k.typname = 'numeric' and value ~ '[0-9]'
   ) as v on true
   where k.seen) as columns,
  (select coalesce(json_agg(json_build_object('schema', k.nspname, 'table', k.relname) order by k.nspname collate "C", k.relname collate "C"), '[]')
   from (select distinct nspname, relname from kept
         where not seen and reltuples <= 0 and pg_relation_size(attrelid) > 0
           and coalesce(pg_stat_get_last_analyze_time(attrelid), pg_stat_get_last_autoanalyze_time(attrelid)) is null) as k) as "neverAnalysed"
