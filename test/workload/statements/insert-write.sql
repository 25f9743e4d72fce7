INSERT INTO shop.writes (writer, seq, note) VALUES ($1, $2, $3)
RETURNING id, coalesce(nullif(current_setting('cluster_name'), ''), host(inet_server_addr()), 'local') || ':' || current_setting('port') AS server
