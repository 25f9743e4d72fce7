-- Rights on tables, and the indexes that a premigration assessment looks at; $1: their OIDs. One row per table.
SELECT t.oid::text AS oid,
       has_table_privilege(t.oid, 'SELECT') AS readable,
       has_table_privilege(t.oid, 'SELECT')
         AND has_table_privilege(t.oid, 'INSERT')
         AND has_table_privilege(t.oid, 'UPDATE')
         AND has_table_privilege(t.oid, 'DELETE') AS writable,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary) AS has_primary_key,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisunique AND NOT i.indisprimary) AS has_unique,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary AND NOT i.indisvalid) AS has_invalid_key,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND NOT i.indisprimary AND NOT i.indisunique) AS has_secondary
  FROM unnest($1::oid[]) AS t(oid)
