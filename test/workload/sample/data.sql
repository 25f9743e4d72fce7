-- The sample's rows, the same at every run: all values come from a hash of the row's number. Runs as a superuser in `shop`,
-- with `sample.scale` set on the session; scale 1 makes about 50 MB. No statement here uses a sequence: sequence-positions.sql sets them.
BEGIN;

-- Audit rows are inserted below, and keys are right by construction: no trigger is needed for 100,000 rows.
SET LOCAL session_replication_role = replica;
SET LOCAL synchronous_commit = off;
SET LOCAL timezone = 'UTC';

CREATE FUNCTION pg_temp.rows(base integer) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT greatest(8, round(base * current_setting('sample.scale')::numeric))::integer
$$;

-- A number from 1 to `limit_`, always the same for the same seed and row.
CREATE FUNCTION pg_temp.pick(seed text, row_number bigint, limit_ bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT 1 + (hashtextextended(seed, row_number) & 9223372036854775807) % limit_
$$;

-- Text of hexadecimal digits, which does not compress: 32 characters for each block.
CREATE FUNCTION pg_temp.filler(seed text, blocks bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(md5(seed || ':' || block), ' ') FROM generate_series(1, blocks) AS block
$$;

INSERT INTO shop.countries
SELECT code, name
FROM (VALUES ('AT', 'Österreich'), ('BR', 'Brasil'), ('CH', 'Schweiz'), ('CZ', 'Česko'), ('DE', 'Deutschland'), ('FR', 'France'),
  ('IN', 'भारत'), ('JP', '日本'), ('PL', 'Polska'), ('SE', 'Sverige'), ('TR', 'Türkiye'), ('US', 'United States')) AS v (code, name);

INSERT INTO shop.settings
SELECT 'feature.' || i, jsonb_build_object('on', i % 3 = 0, 'share', i % 100, 'note', 'Schalter „' || i || '“')
FROM generate_series(1, 60) AS i;

INSERT INTO shop.categories
SELECT i, nullif(i / 5, 0), 'Category ' || i FROM generate_series(1, 40) AS i;

INSERT INTO shop.suppliers
SELECT md5('supplier' || i)::uuid, 'Supplier ' || i, 'sales' || i || '@supplier.example', round((100 + pg_temp.pick('rating', i, 400)) / 100.0, 2), c.code
FROM generate_series(1, pg_temp.rows(200)) AS i
JOIN (SELECT code, row_number() OVER (ORDER BY code) AS place FROM shop.countries) AS c ON c.place = 1 + i % 12;

INSERT INTO shop.products
SELECT i, md5('supplier' || pg_temp.pick('supplier', i, pg_temp.rows(200)))::uuid, pg_temp.pick('category', i, 40), 'SKU-' || lpad(i::text, 8, '0'),
  'Product ' || i || CASE WHEN i % 7 = 0 THEN ' – größer' ELSE '' END,
  round(pg_temp.pick('price', i, 100000) / 100.0, 2), round(pg_temp.pick('weight', i, 1000000000) / 1000000.0, 6), 100000, i % 9 = 0,
  ARRAY['tag' || i % 11, 'a "quoted" tag, with comma', 'größe ' || i % 5],
  jsonb_build_object('colour', (ARRAY['rot', 'grün', 'blau'])[1 + i % 3], 'dimensions', jsonb_build_array(i % 10, i % 20, i % 30), 'none', NULL),
  timestamptz '2026-01-01Z' + i * interval '1 minute'
FROM generate_series(1, pg_temp.rows(2000)) AS i;

INSERT INTO shop.customers
SELECT i, md5('customer' || i)::uuid, 'Customer ' || i || CASE WHEN i % 13 = 0 THEN ' 🐘' ELSE '' END, 'customer' || i || '@mail.example', i,
  jsonb_build_object('newsletter', i % 2 = 0, 'language', 'de', 'seen', 0), CASE WHEN i % 20 = 0 THEN pg_temp.filler('remark' || i, 8) END,
  timestamptz '2026-01-01Z' + i * interval '1 second'
FROM generate_series(1, pg_temp.rows(10000)) AS i;

INSERT INTO shop.addresses
SELECT i, 1 + (i - 1) % pg_temp.rows(10000), 'DE', lpad((i % 100000)::text, 5, '0'), ARRAY['Street ' || i, 'c/o "Name", ' || i % 50, NULL]
FROM generate_series(1, pg_temp.rows(12000)) AS i;

INSERT INTO shop.orders
SELECT i, customer, customer, (enum_range(NULL::shop.order_status))[1 + i % 5], 'REF-' || i, round(pg_temp.pick('total', i, 500000) / 100.0, 2),
  CASE WHEN i % 4 = 0 THEN round(pg_temp.pick('discount', i, 5000000) / 1000000.0, 6) END, timestamptz '2026-01-01Z' + i * interval '7 minutes', 'seed', i
FROM generate_series(1, pg_temp.rows(20000)) AS i, pg_temp.pick('order', i, pg_temp.rows(10000)) AS customer;

INSERT INTO shop.order_items
SELECT i, 1 + (i - 1) % pg_temp.rows(20000), pg_temp.pick('item', i, pg_temp.rows(2000)), 1 + i % 9, round(pg_temp.pick('price', i, 100000) / 100.0, 2), 'seed', i
FROM generate_series(1, pg_temp.rows(50000)) AS i;

INSERT INTO shop.order_audit
SELECT id, id, total, writer, seq, placed_at FROM shop.orders;

-- One document in a thousand is the largest LOB of the sample, 39 kB.
INSERT INTO shop.documents
SELECT i, pg_temp.pick('document', i, pg_temp.rows(2000)), 'Manual ' || i, body, jsonb_build_object('pages', i % 300, 'keys', jsonb_build_array('a' || i % 50, 'b' || i % 70)),
  decode(md5(body), 'hex')
FROM generate_series(1, pg_temp.rows(4200)) AS i,
  pg_temp.filler('document' || i, CASE WHEN i % 1000 = 3 THEN 1190 ELSE pg_temp.pick('blocks', i, 160) END) AS body;

INSERT INTO shop.attachments
SELECT md5('attachment' || i)::uuid, pg_temp.pick('attachment', i, pg_temp.rows(4200)), decode(replace(pg_temp.filler('attachment' || i, 128 + i % 200), ' ', ''), 'hex'),
  ARRAY[i % 100, i % 200, i % 300]::integer[]
FROM generate_series(1, pg_temp.rows(1200)) AS i;

INSERT INTO shop.reviews
SELECT i, pg_temp.pick('review', i, pg_temp.rows(2000)), pg_temp.pick('reviewer', i, pg_temp.rows(10000)), pg_temp.pick('stars', i, 5), pg_temp.filler('review' || i, 5), 'seed', i
FROM generate_series(1, pg_temp.rows(8000)) AS i;

INSERT INTO shop.coupons OVERRIDING SYSTEM VALUE
SELECT i, 'COUPON' || i, round(i % 50 + 0.5, 2), CASE WHEN i % 3 = 0 THEN timestamptz '2027-01-01Z' + i * interval '1 day' END
FROM generate_series(1, pg_temp.rows(500)) AS i;

INSERT INTO shop.tickets
SELECT md5('ticket' || i)::uuid, 999 + i, -i, 1 + (i - 1) * 50, i, 'Ticket ' || i, 'seed', i
FROM generate_series(1, pg_temp.rows(5000)) AS i;

INSERT INTO shop.page_views
SELECT i, timestamptz '2024-10-01Z' + i * interval '30 minutes', nullif(pg_temp.pick('view', i, pg_temp.rows(10000)), 1), '/product/' || i % 500,
  jsonb_build_object('agent', 'Browser ' || i % 20, 'ms', i % 900), 'seed', i
FROM generate_series(1, pg_temp.rows(24000)) AS i;

INSERT INTO shop.clicks
SELECT timestamptz '2026-01-01Z' + i * interval '3 seconds', 'button-' || i % 30, i % 1920, i % 1080, 'seed', i
FROM generate_series(1, pg_temp.rows(20000)) AS i;

-- A keyless table may hold the same row twice, rightly.
INSERT INTO shop.clicks
SELECT * FROM shop.clicks WHERE seq <= 5;

INSERT INTO shop.batch_runs
SELECT i, 'nightly', jsonb_build_object('run', i), 'seed', i FROM generate_series(1, pg_temp.rows(200)) AS i;

INSERT INTO billing.tax_rates
SELECT code, kind, percent FROM shop.countries, (VALUES ('standard', 19.00), ('reduced', 7.00)) AS v (kind, percent);

INSERT INTO billing.invoices
SELECT i, i, 'INV-' || i, (enum_range(NULL::billing.invoice_state))[1 + i % 4], round(pg_temp.pick('total', i, 500000) / 100.0, 2),
  'Rechnung ' || i || E'\n' || pg_temp.filler('invoice' || i, 4), timestamptz '2026-01-01Z' + i * interval '11 minutes'
FROM generate_series(1, pg_temp.rows(12000)) AS i;

INSERT INTO billing.payments
SELECT i, (ARRAY['eu', 'us', 'ap'])[1 + i % 3], pg_temp.pick('payment', i, pg_temp.rows(12000)), round(pg_temp.pick('paid', i, 500000) / 100.0, 2),
  timestamptz '2026-01-02Z' + i * interval '11 minutes', 'seed', i
FROM generate_series(1, pg_temp.rows(12000)) AS i;

INSERT INTO billing.ledger_entries
SELECT i, pg_temp.pick('entry', i, pg_temp.rows(12000)), round(pg_temp.pick('amount', i, 1000000000) / 1000000.0, 6),
  jsonb_build_object('account', 4000 + i % 500, 'text', 'Buchung "' || i || '"'), 'seed', i
FROM generate_series(1, pg_temp.rows(18000)) AS i;

INSERT INTO "Warehouse"."StockItem"
SELECT product, bin, pg_temp.pick(bin, product, 500), ARRAY['Regal ' || product % 40, NULL, ''], timestamptz '2026-02-01Z' + product * interval '1 minute'
FROM generate_series(1, pg_temp.rows(2000)) AS product, unnest(ARRAY['A-1', 'B "2"']) AS bin;

INSERT INTO "Warehouse"."StockMove"
SELECT i, pg_temp.pick('move', i, pg_temp.rows(2000)), CASE i % 2 WHEN 0 THEN 'A-1' ELSE 'B "2"' END, i % 21 - 10, 'seed', i
FROM generate_series(1, pg_temp.rows(10000)) AS i;

COMMIT;
