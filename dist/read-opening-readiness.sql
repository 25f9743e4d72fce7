-- Asked on the target while the opening is tried, after the guard was lifted. $1: application roles, $2: sequences as JSON
-- array of {schema, sequence}, $3: whether a fence was lifted. What would keep clients out, or their writes from being ordinary ones, once it is open.
select
  array(
    select r.rolname::text from pg_roles r
    where r.rolname = any ($1::name[]) and r.rolcanlogin
      and not has_database_privilege(r.oid, (select oid from pg_database where datname = current_database()), 'connect')
    order by 1) as "keptOut",
  array(
    select format('%I.%I', s."schema", s.sequence) from json_to_recordset($2::json) as s("schema" name, sequence name)
    where not coalesce(has_sequence_privilege(to_regclass(format('%I.%I', s."schema", s.sequence)), 'update'), false)
    order by 1) as "lockedSequences",
  array(
    select coalesce('role ' || quote_ident(r.rolname), 'database ' || quote_ident(d.datname)) || ': ' || setting
    from pg_db_role_setting s cross join lateral unnest(s.setconfig) as setting
    left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
    where (s.setdatabase = 0 or d.datname = current_database()) and (s.setrole = 0 or r.rolname = any ($1::name[]))
      and setting ~ '^(default_transaction_read_only=(on|true|yes|1)|session_replication_role=(replica|local))$'
    union all
    -- reset_val is what a session of ours started with; our own settings came later.
    select 'the server: ' || name || '=' || reset_val from pg_settings
    where (name = 'session_replication_role' and reset_val <> 'origin'
           -- The opening says otherwise for this database, whatever the parameter group says.
           and not exists (
             select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
             where d.datname = current_database() and s.setrole = 0 and 'session_replication_role=origin' = any (s.setconfig)))
       -- Our session began under the fence, if there is one: its start says nothing of what comes when that is lifted.
       or (name = 'default_transaction_read_only' and reset_val = 'on' and not $3::boolean)
    order by 1) as settings
