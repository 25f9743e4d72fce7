-- All sequences with their whole state, ahead of the freeze.
SELECT format('%I.%I', schemaname, sequencename) AS name,
       (xpath('/row/last_value/text()', row))[1]::text AS value, ((xpath('/row/is_called/text()', row))[1]::text)::boolean AS called
FROM pg_sequences,
     LATERAL query_to_xml(format('SELECT last_value, is_called FROM %I.%I', schemaname, sequencename), false, true, '') AS row
WHERE schemaname IN ('shop', 'billing', 'Warehouse')
