-- $1 DMS's user. Its sessions in this database: a task that carries something has some.
select count(*)::integer as sessions from pg_stat_activity
where datname = current_database() and usename = $1 and pid <> pg_backend_pid()
