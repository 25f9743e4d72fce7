-- What the fence will change, as it is now, per grantor: written before the change, so that another runner can undo it.
insert into aurora_migration.saved_state (migration, kind, object, definition)
select $1, 'fence', 'generation ' || $2, json_build_object(
  'tables', (
    select json_agg(json_build_object('schema', n.nspname, 'table', c.relname, 'owner', pg_get_userbyid(c.relowner), 'acl', (
      select json_agg(json_build_object('grantor', pg_get_userbyid(a.grantor), 'grantee', case when a.grantee = 0 then null else pg_get_userbyid(a.grantee) end,
                                        'privilege', a.privilege_type, 'grantable', a.is_grantable))
      from aclexplode(c.relacl) as a), 'columns', (
      select json_agg(json_build_object('column', att.attname, 'grantor', pg_get_userbyid(a.grantor), 'grantee', case when a.grantee = 0 then null else pg_get_userbyid(a.grantee) end,
                                        'privilege', a.privilege_type, 'grantable', a.is_grantable))
      from pg_attribute att cross join lateral aclexplode(att.attacl) as a where att.attrelid = c.oid)))
    from json_to_recordset($3::json) as t("schema" name, "table" name)
    join pg_namespace n on n.nspname = t."schema" join pg_class c on c.relnamespace = n.oid and c.relname = t."table"),
  'schemas', (
    select json_agg(json_build_object('schema', n.nspname, 'acl', (
      select json_agg(json_build_object('grantor', pg_get_userbyid(a.grantor), 'grantee', case when a.grantee = 0 then null else pg_get_userbyid(a.grantee) end,
                                        'privilege', a.privilege_type, 'grantable', a.is_grantable))
      from aclexplode(n.nspacl) as a)))
    from pg_namespace n where n.nspname in (select t."schema" from json_to_recordset($3::json) as t("schema" name))),
  'database', (
    select json_build_object('owner', pg_get_userbyid(d.datdba), 'acl', (
      select json_agg(json_build_object('grantor', pg_get_userbyid(a.grantor), 'grantee', case when a.grantee = 0 then null else pg_get_userbyid(a.grantee) end,
                                        'privilege', a.privilege_type, 'grantable', a.is_grantable))
      from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as a),
      'settings', (select s.setconfig from pg_db_role_setting s where s.setdatabase = d.oid and s.setrole = 0))
    from pg_database d where d.datname = current_database()))
on conflict (migration, kind, object) do update set definition = excluded.definition, saved_at = clock_timestamp()
