-- Everything of a database that a cutover would change, as one text: who touched nothing leaves it the same.
select md5(concat_ws('|',
  (select string_agg(d::text, ',' order by d.migration) from aurora_migration.decision d),
  (select string_agg(j::text, ',' order by j.id) from aurora_migration.journal j),
  (select string_agg(s::text, ',' order by s.migration, s.kind, s.object) from aurora_migration.saved_state s),
  (select string_agg(concat_ws(' ', c.oid, c.relname, c.relkind, c.relacl, c.relowner), ',' order by c.oid)
     from pg_class c where c.relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)),
  (select string_agg(concat_ws(' ', a.attrelid, a.attname, a.attacl, a.attnotnull), ',' order by a.attrelid, a.attnum)
     from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)),
  (select string_agg(concat_ws(' ', p.oid, p.proname, p.xmin), ',' order by p.oid) from pg_proc p where p.oid >= 16384),
  (select string_agg(concat_ws(' ', t.oid, t.tgname, t.tgenabled), ',' order by t.oid) from pg_trigger t),
  (select string_agg(concat_ws(' ', n.nspname, n.nspacl), ',' order by n.nspname) from pg_namespace n where n.nspname !~ '^pg_t'),
  (select string_agg(concat_ws(' ', d.datname, d.datacl), ',' order by d.datname) from pg_database d),
  (select string_agg(s::text, ',' order by s.setdatabase, s.setrole) from pg_db_role_setting s),
  (select string_agg(concat_ws(' ', r.rolname, r.rolcanlogin, r.rolsuper), ',' order by r.rolname) from pg_roles r),
  (select string_agg(concat_ws(' ', slot_name, plugin), ',' order by slot_name) from pg_replication_slots))) as state
