-- $1: sessions that work at once. Memory for each in kB: an eighth of the shared buffers together, at most 1 GB each, and
-- never less than the server gives by itself.
select greatest(
  (select setting::bigint from pg_settings where name = 'maintenance_work_mem'),
  least(1048576, (select setting::bigint * (current_setting('block_size')::bigint / 1024) from pg_settings where name = 'shared_buffers') / 8 / greatest($1::bigint, 1))
)::text as kb
