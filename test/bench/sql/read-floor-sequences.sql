-- As the hand-driven cutover reads them in the freeze: those that were used. bigint as text.
SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS value
FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname IN ('shop', 'billing', 'Warehouse')
