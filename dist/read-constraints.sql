-- $1: relation oids. Constraints but NOT NULL (a column's own) and those of our own making.
select
  c.conrelid::text as oid,
  c.conname as name,
  c.contype as kind,
  c.condeferrable as "isDeferrable",
  c.convalidated as "isValidated",
  pg_get_constraintdef(c.oid) as definition,
  nullif(c.confrelid, 0)::text as "referencedOid"
from pg_constraint c
where c.conrelid = any ($1::oid[]) and c.contype in ('p', 'u', 'f', 'c', 'x') and c.conname !~ '^aurora_migration_'
order by c.conrelid, c.conname collate "C"
