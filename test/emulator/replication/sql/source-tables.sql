-- Every table and view that a mapping could select, with columns and key. One row per relation.
SELECT c.oid::text AS oid,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind::text AS kind,
       c.relreplident::text AS replica_identity,
       c.relispartition AS is_partition,
       EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid) AS has_children,
       greatest(c.reltuples, 0)::float8 AS estimated_rows,
       coalesce(k.columns, '{}') AS key_columns,
       coalesce(ri.columns, '{}') AS identity_columns,
       coalesce(a.columns, '[]') AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN LATERAL (
       SELECT array_agg(att.attname::text ORDER BY pos.ordinality) AS columns
         FROM pg_index x, unnest(x.indkey::int2[]) WITH ORDINALITY pos(attnum, ordinality), pg_attribute att
        WHERE x.indrelid = c.oid AND x.indisprimary
          AND pos.ordinality <= x.indnkeyatts
          AND att.attrelid = c.oid AND att.attnum = pos.attnum) k ON true
  LEFT JOIN LATERAL (
       SELECT array_agg(att.attname::text ORDER BY pos.ordinality) AS columns
         FROM pg_index x, unnest(x.indkey::int2[]) WITH ORDINALITY pos(attnum, ordinality), pg_attribute att
        WHERE x.indrelid = c.oid AND x.indisreplident
          AND pos.ordinality <= x.indnkeyatts
          AND att.attrelid = c.oid AND att.attnum = pos.attnum) ri ON true
  LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_object(
                'name', att.attname,
                'type', format_type(att.atttypid, -1),
                'declaredType', format_type(att.atttypid, att.atttypmod),
                'baseType', base.typname,
                'baseNamespace', base_ns.nspname,
                'kind', base.typtype,
                'category', base.typcategory,
                'typmod', CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE att.atttypmod END,
                'notNull', att.attnotnull,
                'generated', att.attgenerated <> '',
                'identityAlways', att.attidentity = 'a') ORDER BY att.attnum) AS columns
         FROM pg_attribute att
         JOIN pg_type t ON t.oid = att.atttypid
         JOIN pg_type base ON base.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
         JOIN pg_namespace base_ns ON base_ns.oid = base.typnamespace
        WHERE att.attrelid = c.oid AND att.attnum > 0 AND NOT att.attisdropped) a ON true
 WHERE c.relkind IN ('r', 'p', 'v')
   AND c.relpersistence <> 't'
   AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
   AND ($1::oid[] IS NULL OR c.oid = ANY ($1))
 ORDER BY n.nspname, c.relname
