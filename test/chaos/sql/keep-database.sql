-- What a copy of the database does not carry: who may connect, its settings, logical slots; and which roles may log in.
select json_build_object(
  'acl', (select datacl::text from pg_database where datname = 'shop'),
  'settings', (select coalesce(json_agg(json_build_object('role', setrole::text, 'config', setconfig::text)), '[]')
               from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = 'shop')),
  'logins', (select json_object_agg(rolname, rolcanlogin) from pg_roles where rolname !~ '^pg_'),
  'slots', (select coalesce(json_agg(json_build_object('name', slot_name, 'plugin', plugin)), '[]')
            from pg_replication_slots where database = 'shop')
)::text as kept
