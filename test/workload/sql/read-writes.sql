SELECT id, writer, seq, extract(epoch FROM made_at)::float8 * 1000 AS made_at_ms, md5(ROW(id, note, made_at)::text) AS digest
FROM shop.writes
