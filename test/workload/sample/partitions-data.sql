-- Rows of shop.events from before the migration; `write_id` lies below every number that shop.writes gives. Runs as a superuser.
INSERT INTO shop.events (bucket, write_id, writer, seq, payload)
SELECT b, -i, 'seed', i, jsonb_build_object('note', md5(b || ':' || i), 'more', repeat('x', (i % 200)::integer))
FROM generate_series(0, current_setting('sample.partitions')::integer - 1) AS b,
  generate_series(1, greatest(4, round(300 * current_setting('sample.scale')::numeric))::bigint) AS i;
