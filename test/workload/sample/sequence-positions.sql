-- Where the source's sequences stand after data.sql: behind the rows that exist, some used, some never, some set but not yet
-- called. The target's stay at their start; moving these positions is a part of the migration.
SELECT set_config('search_path', 'pg_catalog', false);

-- Sequences that a column owns: past the largest value in the column.
DO $$
DECLARE
  owned record;
  largest bigint;
BEGIN
  FOR owned IN
    SELECT s.oid::regclass AS sequence, a.attname, d.refobjid::regclass AS relation
    FROM pg_class s
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND s.relnamespace IN ('shop'::regnamespace, 'billing'::regnamespace, '"Warehouse"'::regnamespace)
  LOOP
    EXECUTE format('SELECT max(%I) FROM %s', owned.attname, owned.relation) INTO largest;
    IF largest IS NOT NULL THEN PERFORM setval(owned.sequence, largest); END IF;
  END LOOP;
END
$$;

SELECT setval('shop.ticket_numbers', max(number)), setval('shop.ticket_countdown', min(countdown)),
  setval('shop.ticket_blocks', max(block)), setval('shop.ticket_counter', max(counter))
FROM shop.tickets;

SELECT setval('"Warehouse"."Next Pallet"', 742);

-- The others: a third was never used, one in seventeen is set to a value that was not handed out yet.
SELECT count(setval(c.oid::regclass, s.start_value + s.increment_by * (1 + number % 97 * 41), number % 17 <> 0))
FROM pg_sequences s
JOIN pg_namespace n ON n.nspname = s.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.sequencename,
  LATERAL (SELECT substring(s.sequencename FROM '_([0-9]+)$')::integer AS number) AS v
WHERE s.sequencename ~ '^(counter|receipt|binNumber)_[0-9]+$' AND number % 3 <> 0;
