-- The same expression as in statements/insert-write.sql: so a ledger line finds its side.
SELECT coalesce(nullif(current_setting('cluster_name'), ''), host(inet_server_addr()), 'local') || ':' || current_setting('port') AS server
