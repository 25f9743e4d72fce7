-- The leaves of a partitioned table ($1: its OID), in the order of their names.
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_partition_tree($1::oid::regclass) t
  JOIN pg_class c ON c.oid = t.relid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE t.isleaf AND c.oid <> $1::oid
 ORDER BY n.nspname, c.relname
