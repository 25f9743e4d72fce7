-- $1: relation oids. Pages of the table itself, and bytes with TOAST. A table that was dropped meanwhile has no row.
select
  t.oid::text as oid,
  (pg_relation_size(t.oid) / current_setting('block_size')::integer)::text as pages,
  pg_table_size(t.oid)::text as bytes
from unnest($1::oid[]) as t (oid)
where pg_table_size(t.oid) is not null
