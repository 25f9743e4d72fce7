SELECT count(pg_terminate_backend(pid))::integer AS sessions
FROM pg_stat_activity
WHERE datname = current_database() AND usename IN ('shop_app', 'shop_batch')
