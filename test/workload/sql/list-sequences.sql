SELECT schemaname AS schema, sequencename AS name, start_value AS start, increment_by AS increment
FROM pg_sequences
WHERE schemaname = ANY ($1) AND sequencename NOT LIKE 'awsdms\_%'
ORDER BY 1, 2
