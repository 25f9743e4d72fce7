-- How a fence's changes of rights and settings are taken back from what was saved before them (save-fence-state.sql).
-- None of these statements locks a table.

-- Which of the saved privileges are not there now, and the other way round for CONNECT: what the fence granted itself.
-- Compared per grantor, grantee and grant option, never as text.
create or replace function aurora_migration.missing_grants(saved json)
returns table (kind text, object text, column_name name, grantor name, owner name, grantee name, privilege text, grantable boolean)
language sql stable set search_path = pg_catalog as $body$
  with saved_table as (
    select c.oid, c.relacl, format('%I.%I', n.nspname, c.relname) as object, pg_get_userbyid(c.relowner) as owner,
           case when json_typeof(t.acl) = 'array' then t.acl else '[]' end as acl,
           case when json_typeof(t.columns) = 'array' then t.columns else '[]' end as columns
    from json_to_recordset(saved -> 'tables') as t("schema" name, "table" name, acl json, columns json)
    join pg_namespace n on n.nspname = t."schema"
    join pg_class c on c.relnamespace = n.oid and c.relname = t."table"
  ),
  saved_schema as (
    select n.nspacl, format('%I', n.nspname) as object, pg_get_userbyid(n.nspowner) as owner,
           case when json_typeof(s.acl) = 'array' then s.acl else '[]' end as acl
    from json_to_recordset(saved -> 'schemas') as s("schema" name, acl json) join pg_namespace n on n.nspname = s."schema"
  ),
  saved_database as (
    select coalesce(d.datacl, acldefault('d', d.datdba)) as acl_now, format('%I', d.datname) as object, pg_get_userbyid(d.datdba) as owner
    from pg_database d where d.datname = current_database()
  ),
  wanted as (
    select 'table' as kind, t.object, null::name as column_name, a.*, t.owner, t.relacl as acl_now
    from saved_table t cross join lateral json_to_recordset(t.acl) as a(grantor name, grantee name, privilege text, grantable boolean)
    where a.privilege in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
    union all
    select 'column', t.object, a."column", a.grantor, a.grantee, a.privilege, a.grantable, t.owner, att.attacl
    from saved_table t
    cross join lateral json_to_recordset(t.columns) as a("column" name, grantor name, grantee name, privilege text, grantable boolean)
    join pg_attribute att on att.attrelid = t.oid and att.attname = a."column"
    where a.privilege in ('INSERT', 'UPDATE')
    union all
    select 'schema', s.object, null, a.*, s.owner, s.nspacl
    from saved_schema s cross join lateral json_to_recordset(s.acl) as a(grantor name, grantee name, privilege text, grantable boolean)
    where a.privilege = 'CREATE'
    union all
    select 'database', d.object, null, a.*, d.owner, d.acl_now
    from saved_database d
    cross join lateral json_to_recordset(saved -> 'database' -> 'acl') as a(grantor name, grantee name, privilege text, grantable boolean)
    where a.privilege = 'CONNECT'
  )
  select w.kind, w.object, w.column_name, w.grantor, w.owner, w.grantee, w.privilege, w.grantable
  from wanted w
  where not exists (
    select from aclexplode(w.acl_now) as now
    where pg_get_userbyid(now.grantor) = w.grantor and now.privilege_type = w.privilege and now.is_grantable = w.grantable
      and case when w.grantee is null then now.grantee = 0 else now.grantee <> 0 and pg_get_userbyid(now.grantee) = w.grantee end)
$body$;

-- Grants what is missing, each in the name of its grantor (the owner's, where our login may not take that role on), in as
-- many passes as grants rest on grants. One that cannot be made leaves the others in peace and is given back as text.
create or replace function aurora_migration.put_grants_back(saved json) returns json
language plpgsql set search_path = pg_catalog as $body$
declare
  item record;
  one text;
  receiver text;
  statement text;
  said text;
  missing integer;
  missing_before integer := -1;
begin
  loop
    select count(*) into missing from aurora_migration.missing_grants(saved);
    exit when missing = 0 or missing = missing_before;
    missing_before := missing;
    for item in
      -- One statement for all tables of a grantor and a grantee: a plan may have thousands.
      select m.kind, m.grantor, m.owner, m.grantee, m.privilege, m.column_name, m.grantable, array_agg(m.object) as objects
      from aurora_migration.missing_grants(saved) as m
      group by 1, 2, 3, 4, 5, 6, 7
      order by m.grantor <> m.owner, m.kind
    loop
      receiver := case when item.grantee is null then 'public' else quote_ident(item.grantee) end;
      -- Put together in our own role: others have no rights on this schema.
      statement := aurora_migration.grant_text(item.kind, item.privilege, item.column_name, array_to_string(item.objects, ', '), receiver, item.grantable);
      begin
        perform aurora_migration.act_as(array[item.grantor, item.owner]);
        execute statement;
        perform set_config('role', 'none', true);
      exception
        when query_canceled then raise;
        when others then
          foreach one in array item.objects loop
            statement := aurora_migration.grant_text(item.kind, item.privilege, item.column_name, one, receiver, item.grantable);
            begin
              perform aurora_migration.act_as(array[item.grantor, item.owner]);
              execute statement;
              perform set_config('role', 'none', true);
            exception
              when query_canceled then raise;
              when others then said := sqlerrm;
            end;
          end loop;
      end;
    end loop;
  end loop;
  return (
    select coalesce(json_agg(format('%s%s on %s %s to %s, granted by %I', m.privilege, case when m.column_name is null then '' else format(' (%I)', m.column_name) end, m.kind, m.object,
                                    coalesce(quote_ident(m.grantee), 'public'), m.grantor) || coalesce(': ' || said, '')), '[]')
    from aurora_migration.missing_grants(saved) as m);
end $body$;

create or replace function aurora_migration.grant_text(kind text, privilege text, column_name name, objects text, receiver text, grantable boolean) returns text
language sql immutable set search_path = pg_catalog as $body$
  select format('grant %s%s on %s %s to %s%s', privilege, case when column_name is null then '' else format(' (%I)', column_name) end,
                case kind when 'column' then 'table' else kind end, objects, receiver, case when grantable then ' with grant option' else '' end)
$body$;

-- Rights of tables, columns, schemas and database as they were saved, and the database's own setting; CONNECT that only the
-- fence gave (to ours and DMS's) is taken again. Gives what could not be put back, as sentences.
create or replace function aurora_migration.put_fence_back(saved json) returns json
language plpgsql set search_path = pg_catalog as $body$
declare
  item record;
  former text;
  unrestored json;
begin
  unrestored := aurora_migration.put_grants_back(saved);
  for item in
    select pg_get_userbyid(now.grantor) as grantor, pg_get_userbyid(d.datdba) as owner, pg_get_userbyid(now.grantee) as grantee
    from pg_database d cross join lateral aclexplode(d.datacl) as now
    where d.datname = current_database() and now.privilege_type = 'CONNECT' and now.grantee <> 0
      and not exists (
        select from json_to_recordset(saved -> 'database' -> 'acl') as a(grantor name, grantee name, privilege text)
        where a.privilege = 'CONNECT' and a.grantor = pg_get_userbyid(now.grantor) and a.grantee = pg_get_userbyid(now.grantee))
  loop
    perform set_config('role', 'none', true);
    perform aurora_migration.act_as(array[item.grantor, item.owner]);
    execute format('revoke connect on database %I from %I', current_database(), item.grantee);
  end loop;
  perform set_config('role', 'none', true);
  perform aurora_migration.act_as((select array[pg_get_userbyid(datdba)] from pg_database where datname = current_database()));
  select substr(entry, length('default_transaction_read_only=') + 1) into former
  from json_array_elements_text(case when json_typeof(saved -> 'database' -> 'settings') = 'array' then saved -> 'database' -> 'settings' else '[]' end) as entry
  where entry like 'default\_transaction\_read\_only=%';
  if former is null then
    execute format('alter database %I reset default_transaction_read_only', current_database());
  else
    execute format('alter database %I set default_transaction_read_only = %L', current_database(), former);
  end if;
  perform set_config('role', 'none', true);
  return unrestored;
end $body$;
