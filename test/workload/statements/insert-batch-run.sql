INSERT INTO shop.batch_runs (job, result, writer, seq) VALUES ('stock count', jsonb_build_object('bin', $1::text), $2, $3) RETURNING id
