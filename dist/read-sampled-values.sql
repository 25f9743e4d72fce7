-- $1: relation oids. What ANALYZE has kept of columns in which DMS may change values: dates, and numeric without precision.
-- A histogram has the smallest and the largest value of the sample, unless they are among the common ones; without a
-- histogram one value, or all of a table that was never analysed, may be hidden: such columns are "unseen".
with wanted as (
  select a.attrelid, n.nspname, c.relname, a.attname, b.typname, pg_relation_size(c.oid) as bytes
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid
  join pg_type b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
    and (b.typname in ('date', 'timestamp', 'timestamptz') or b.typname = 'numeric' and a.atttypmod = -1 and t.typtypmod = -1)
),
kept as (
  select w.*, coalesce(s.most_common_vals::text, '{}') as common, coalesce(s.histogram_bounds::text, '{}') as bounds,
         s.histogram_bounds is not null
           or s.null_frac + coalesce((select sum(f) from unnest(s.most_common_freqs) as f), 0) > 0.9999 as seen
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
  (select coalesce(json_agg(json_build_object('schema', k.nspname, 'table', k.relname, 'column', k.attname, 'baseType', k.typname,
       'bytes', k.bytes) order by k.bytes, k.nspname collate "C", k.relname collate "C", k.attname collate "C"), '[]')
   from kept k
   where k.seen is not true and k.bytes > 0) as unseen
