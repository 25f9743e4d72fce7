-- $1: relation oids. How the database sorts, and columns that sort otherwise. What older versions do not know is null.
select
  case to_jsonb(d) ->> 'datlocprovider' when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end as provider,
  d.datcollate as collate, d.datctype as ctype,
  coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale,
  to_jsonb(d) ->> 'datcollversion' as recorded,
  pg_collation_actual_version('pg_catalog."default"'::regcollation) as actual,
  (select coalesce(json_object_agg(format('%s.%s.%s', n.nspname, c.relname, a.attname), format('%I.%I', cn.nspname, k.collname)), '{}')
   from pg_attribute a
   join pg_class c on c.oid = a.attrelid
   join pg_namespace n on n.oid = c.relnamespace
   join pg_type t on t.oid = a.atttypid
   join pg_collation k on k.oid = a.attcollation
   join pg_namespace cn on cn.oid = k.collnamespace
   where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped and a.attcollation <> 0 and a.attcollation <> t.typcollation) as columns
from pg_database d
where d.datname = current_database()
