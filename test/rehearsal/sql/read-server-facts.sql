select split_part(current_setting('server_version'), ' ', 1) as version,
       current_setting('server_version_num')::int / 10000 as major,
       current_setting('is_superuser')::boolean as superuser,
       exists (select from pg_database where datname = $1) as has_sample
