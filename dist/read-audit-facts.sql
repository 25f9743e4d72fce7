-- $1 migration, $2 generation. What the record of a run takes from a database: its version, and the markers that proved a drain into it.
select current_setting('server_version') as version,
  (select coalesce(json_agg(json_build_object('id', j.detail ->> 'marker', 'at', to_char(j.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by j.id), '[]')
     from aurora_migration.journal j
    where j.migration = $1 and j.generation = $2::bigint and j.event = 'drained' and j.detail -> 'proved' = 'true'::jsonb)::text as markers
