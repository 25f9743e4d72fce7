-- 20 tables with 1.5 million rows and 72 LOB columns, as applications have them: mostly short text, some documents large
-- enough for TOAST, a jsonb in each table, a few images; one value in a hundred thousand is huge. The texts come from
-- 4,096 made ones, so that making them does not take longer than the bench. setseed: the same rows every time.
-- VACUUM, which cannot run in the same transaction, is left to the caller.
DO $$ BEGIN PERFORM setseed(0.42); END $$;

CREATE SCHEMA lobs;

CREATE TABLE lobs.words AS
SELECT
  n,
  -- One word in 400 is not ASCII, one in 4,000 has a 4-byte character.
  CASE WHEN n % 4000 = 0 THEN '🚀ok' WHEN n % 400 = 0 THEN 'größe' ELSE substr(md5(n::text), 1, 2 + n % 9) END AS word
FROM generate_series(0, 7999) AS n;

-- Lengths are log-normal, as those of what people and programs write: median about 6 words in `short`, 60 in `body`.
CREATE TABLE lobs.texts AS
WITH lengths AS (
  SELECT
    n,
    (floor(random() * 7000))::int AS first,
    least(900, 1 + floor(exp(ln(6) + 0.6 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))))::int AS few,
    least(900, 1 + floor(exp(ln(60) + 1.0 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))))::int AS many
  FROM generate_series(0, 4095) AS n
)
SELECT
  n,
  (SELECT string_agg(word, ' ') FROM lobs.words AS w WHERE w.n >= first AND w.n < first + few) AS short,
  (SELECT string_agg(word, ' ') FROM lobs.words AS w WHERE w.n >= first AND w.n < first + many) AS body,
  (
    SELECT jsonb_object_agg(word || w.n, CASE w.n % 5 WHEN 0 THEN to_jsonb(w.n * 1.25) WHEN 1 THEN to_jsonb(w.n % 2 = 0)
      WHEN 2 THEN jsonb_build_array(word, w.n) ELSE to_jsonb(word) END)
    FROM lobs.words AS w
    WHERE w.n >= first AND w.n < first + 2 + few
  ) AS document,
  (SELECT string_agg(sha256((n * 1000 + part)::text::bytea), ''::bytea) FROM generate_series(1, many) AS part) AS image
FROM lengths;

ALTER TABLE lobs.texts ADD PRIMARY KEY (n);
ANALYZE lobs.texts;

DO $$
DECLARE
  kinds CONSTANT text[][] := ARRAY[
    ['orders', 'total numeric(12,2), placed timestamptz, state varchar(20), note text, address jsonb',
     'g * 1.07, now() - g * interval ''1 minute'', ''paid'', CASE WHEN g % 5 = 0 THEN a.short END, b.document'],
    ['messages', 'sent timestamptz, sender bigint, subject text, body text, headers jsonb',
     'now() - g * interval ''1 minute'', g % 977, a.short, b.body, c.document'],
    ['documents', 'owner bigint, title text, body text, extracted jsonb, scan bytea',
     'g % 977, a.short, b.body || c.body, c.document, CASE WHEN g % 3 = 0 THEN b.image END'],
    ['events', 'at timestamptz, kind text, payload jsonb, agent text, tags text[]',
     'now() - g * interval ''1 second'', left(a.short, 12), b.document, c.short, ARRAY[''t'' || g % 7, left(a.short, 6)]'],
    ['products', 'price numeric(10,2), name text, description text, terms text, attributes jsonb, image bytea',
     'g * 0.99, a.short, b.body, c.short, a.document, CASE WHEN g % 4 = 0 THEN c.image END']
  ];
  -- Few tables hold most rows. In thousands, 1,500 in all.
  sizes CONSTANT int[] := ARRAY[220, 180, 150, 130, 110, 100, 90, 80, 70, 65, 60, 50, 45, 40, 35, 30, 20, 13, 7, 5];
  kind text[];
BEGIN
  FOR i IN 1..20 LOOP
    kind := kinds[1 + i % 5 : 1 + i % 5];
    EXECUTE format('CREATE TABLE lobs.%I (id bigint PRIMARY KEY, %s)', kind[1][1] || '_' || i, kind[1][2]);
    EXECUTE format(
      'INSERT INTO lobs.%I SELECT g, %s FROM generate_series(1, %s) AS g
       JOIN lobs.texts AS a ON a.n = hashint4(g) & 4095
       JOIN lobs.texts AS b ON b.n = hashint4(g + 7000000) & 4095
       JOIN lobs.texts AS c ON c.n = hashint4(g + 9000000) & 4095',
      kind[1][1] || '_' || i, kind[1][3], sizes[i] * 1000
    );
  END LOOP;
END
$$;

-- What samples and statistics miss: compressible ones (small as stored), and one that TOAST cannot compress.
UPDATE lobs.messages_1 SET body = repeat('long letter ', 60000) WHERE id IN (70001, 170001);
UPDATE lobs.events_3 SET payload = jsonb_build_object('dump', repeat('0123456789', 90000)) WHERE id = 100001;
UPDATE lobs.orders_5 SET note = repeat('größe ', 40000) WHERE id = 50001;
UPDATE lobs.products_9 SET image = (SELECT string_agg(sha256(n::text::bytea), ''::bytea) FROM generate_series(1, 60000) AS n)
WHERE id = 40001;

DROP TABLE lobs.texts, lobs.words;
