-- The sample's secondary objects: free-standing sequences, indexes, triggers, views. Runs right after schema.sql.

-- The four that the workload draws from; each kind goes wrong in its own way when it is moved.
CREATE SEQUENCE shop.ticket_numbers START WITH 1000;
CREATE SEQUENCE shop.ticket_countdown INCREMENT BY -1 MINVALUE -9000000000 MAXVALUE -1 START WITH -1;
CREATE SEQUENCE shop.ticket_blocks INCREMENT BY 50;
CREATE SEQUENCE shop.ticket_counter CACHE 20;
CREATE SEQUENCE "Warehouse"."Next Pallet" START WITH 500;

-- Free-standing sequences of every kind until there are 500 with those that columns own.
DO $$
DECLARE
  existing integer := (SELECT count(*) FROM pg_sequences WHERE schemaname IN ('shop', 'billing', 'Warehouse'));
  home text;
  kind text;
BEGIN
  FOR number IN 1 .. 500 - existing LOOP
    home := CASE number % 10
      WHEN 0 THEN format('billing.%I', 'receipt_' || number)
      WHEN 5 THEN format('"Warehouse".%I', 'binNumber_' || number)
      ELSE format('shop.%I', 'counter_' || number)
    END;
    kind := CASE number % 8
      WHEN 1 THEN 'START WITH 1000'
      WHEN 2 THEN 'INCREMENT BY 50'
      WHEN 3 THEN 'INCREMENT BY -1 MINVALUE -9000000000 MAXVALUE -1 START WITH -1'
      WHEN 4 THEN 'CACHE 20'
      WHEN 5 THEN 'MINVALUE 1 MAXVALUE 1000000 CYCLE'
      WHEN 6 THEN 'AS integer INCREMENT BY 5'
      WHEN 7 THEN 'INCREMENT BY -10 MINVALUE 1 MAXVALUE 1000000 START WITH 1000000'
      ELSE ''
    END;
    EXECUTE format('CREATE SEQUENCE %s %s', home, kind);
  END LOOP;
END
$$;

CREATE INDEX orders_customer_id_idx ON shop.orders (customer_id);
CREATE INDEX orders_open_idx ON shop.orders (placed_at) WHERE status IN ('new', 'paid');
CREATE INDEX order_items_order_id_idx ON shop.order_items (order_id);
CREATE INDEX customers_email_idx ON shop.customers (lower(email));
CREATE INDEX addresses_customer_id_idx ON shop.addresses (customer_id);
CREATE INDEX documents_meta_idx ON shop.documents USING gin (meta jsonb_path_ops);
CREATE INDEX page_views_customer_id_idx ON shop.page_views (customer_id);
CREATE INDEX invoices_order_id_idx ON billing.invoices (order_id);

CREATE FUNCTION shop.stamp_update() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

CREATE FUNCTION shop.normalise_order() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.reference := upper(NEW.reference);
  RETURN NEW;
END
$$;

-- A second row for the same order means that the trigger fired for a replicated row.
CREATE FUNCTION shop.audit_order() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO shop.order_audit (order_id, total, writer, seq) VALUES (NEW.id, NEW.total, NEW.writer, NEW.seq);
  RETURN NULL;
END
$$;

CREATE TRIGGER stamp_update BEFORE UPDATE ON shop.products FOR EACH ROW EXECUTE FUNCTION shop.stamp_update();
CREATE TRIGGER stamp_update BEFORE UPDATE ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.stamp_update();
CREATE TRIGGER normalise_order BEFORE INSERT OR UPDATE OF reference ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.normalise_order();
CREATE TRIGGER audit_order AFTER INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.audit_order();

CREATE VIEW shop.order_overview AS
SELECT o.id, o.reference, o.status, c.name AS customer, o.total, count(i.id) AS items
FROM shop.orders o
JOIN shop.customers c ON c.id = o.customer_id
LEFT JOIN shop.order_items i ON i.order_id = o.id
GROUP BY o.id, c.name;

CREATE VIEW billing.open_invoices AS
SELECT id, number, amount, issued_at FROM billing.invoices WHERE state = 'open';

CREATE VIEW "Warehouse"."LowStock" AS
SELECT "productId", sum("onHand") AS "onHand" FROM "Warehouse"."StockItem" GROUP BY "productId" HAVING sum("onHand") < 20;
