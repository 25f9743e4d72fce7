-- Every table that holds rows (leaves of partitioned tables, not their parents) in the given schemas, with its key and columns.
-- `root` is the name under which an application knows it.
SELECT n.nspname AS schema, c.relname AS name,
  (SELECT rn.nspname || '.' || rc.relname
   FROM pg_class rc JOIN pg_namespace rn ON rn.oid = rc.relnamespace
   WHERE rc.oid = coalesce(pg_partition_root(c.oid), c.oid)) AS root,
  ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY k.place) AS key,
  ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname) AS columns
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY ($1) AND c.relname NOT LIKE 'awsdms\_%'
ORDER BY 1, 2
