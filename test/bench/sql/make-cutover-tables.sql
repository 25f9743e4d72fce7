-- The sample as the bench of the cutover wants it: 20 tables (two of them partitioned, with seven leaves) and 500 sequences.
-- What goes is what no writer touches. Run on both sides, on the source after its sequences have their positions.
DROP TABLE shop.settings, shop.attachments, shop.documents, shop.coupons, billing.tax_rates;

DO $$
DECLARE
  existing integer := (SELECT count(*) FROM pg_sequences WHERE schemaname IN ('shop', 'billing', 'Warehouse'));
BEGIN
  FOR number IN 1 .. 500 - existing LOOP
    EXECUTE format('CREATE SEQUENCE shop.%I OWNED BY NONE', 'spare_' || number);
    EXECUTE format('ALTER SEQUENCE shop.%I OWNER TO shop_owner', 'spare_' || number);
  END LOOP;
  IF (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
        AND relnamespace IN ('shop'::regnamespace, 'billing'::regnamespace, '"Warehouse"'::regnamespace)) <> 20 THEN
    RAISE EXCEPTION 'the sample has changed: the bench is to have 20 tables';
  END IF;
END
$$;
