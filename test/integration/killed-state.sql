-- One line for every object, right, setting, slot and row that an action could leave otherwise than another run of it would.
-- Left out: what no two runs have alike (times, ids, LSNs, random ARNs), and rows of DMS's own tables.
with
spaces as (
  select oid, nspname, nspowner, nspacl from pg_namespace
  where nspname !~ '^pg_' and nspname <> 'information_schema'
),
tables as (
  select c.oid, c.relkind, c.relname, s.nspname from pg_class c join spaces s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'S')
),
lines as (
  select 'schema ' || nspname || ' ' || pg_get_userbyid(nspowner) || coalesce(obj_description(oid, 'pg_namespace'), '') as line from spaces
  union all
  select 'right ' || s.nspname || ' ' || a.grantor::regrole || ' ' || a.grantee::regrole || a.privilege_type || a.is_grantable
  from spaces s cross join lateral aclexplode(s.nspacl) as a
  union all
  select 'relation ' || c.oid::regclass || ' ' || c.relkind::text || c.relreplident::text || c.relpersistence::text
    || pg_get_userbyid(c.relowner) || coalesce(c.reloptions::text, '') || c.relispopulated || c.relrowsecurity
    || coalesce(obj_description(c.oid, 'pg_class'), '')
  from pg_class c join tables t on t.oid = c.oid
  union all
  select 'right ' || c.oid::regclass || ' ' || a.grantor::regrole || ' ' || a.grantee::regrole || a.privilege_type || a.is_grantable
  from pg_class c join tables t on t.oid = c.oid cross join lateral aclexplode(c.relacl) as a
  union all
  select 'column ' || a.attrelid::regclass || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull
    || a.attidentity::text || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  from pg_attribute a join tables t on t.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped
  union all
  select 'constraint ' || k.conrelid::regclass || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid) || k.convalidated
    || k.conislocal || k.coninhcount || coalesce(obj_description(k.oid, 'pg_constraint'), '')
  from pg_constraint k join spaces s on s.oid = k.connamespace
  union all
  select 'index ' || pg_get_indexdef(i.indexrelid) || i.indisvalid || i.indisready || i.indisclustered
    || coalesce(obj_description(i.indexrelid, 'pg_class'), '')
    || coalesce((select inhparent::regclass::text from pg_inherits where inhrelid = i.indexrelid), '')
  from pg_index i join tables t on t.oid = i.indrelid
  union all
  select 'trigger ' || pg_get_triggerdef(g.oid) || g.tgenabled::text from pg_trigger g join tables t on t.oid = g.tgrelid where not g.tgisinternal
  union all
  select 'routine ' || p.oid::regprocedure || md5(p.prosrc) || p.prosecdef || pg_get_userbyid(p.proowner) || coalesce(p.proacl::text, '')
  from pg_proc p join spaces s on s.oid = p.pronamespace
  union all
  select 'policy ' || p.polname || ' ' || p.polrelid::regclass from pg_policy p
  union all
  select 'statistics ' || pg_get_statisticsobjdef(e.oid) from pg_statistic_ext e
  union all
  select 'extension ' || e.extname from pg_extension e
  union all
  select 'sequence ' || schemaname || '.' || sequencename || ' ' || coalesce(last_value::text, '')
  from pg_sequences where schemaname !~ '^aurora_migration'
  union all
  select 'database right ' || a.grantor::regrole || ' ' || case when a.grantee = 0 then 'public' else a.grantee::regrole::text end || a.privilege_type || a.is_grantable
  from pg_database d cross join lateral aclexplode(d.datacl) as a where d.datname = current_database()
  union all
  select 'setting ' || coalesce(r.setrole::regrole::text, '') || r.setconfig::text
  from pg_db_role_setting r where r.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  union all
  select 'sessions start with ' || name || ' ' || reset_val from pg_settings where name = 'session_replication_role'
  union all
  select 'role ' || rolname || rolcanlogin || rolsuper || rolcreaterole || rolreplication || rolconnlimit from pg_roles where rolname !~ '^pg_'
  union all
  select 'member ' || m.roleid::regrole || ' ' || m.member::regrole || m.admin_option from pg_auth_members m
  union all
  select 'slot ' || case when slot_name ~ '^aurora' then slot_name::text else 'of DMS' end || ' ' || coalesce(plugin, '') from pg_replication_slots
  union all
  select 'rows ' || t.oid::regclass || ' '
    || (xpath('//h/text()', query_to_xml(format('select md5(coalesce(string_agg(t::text, chr(10) order by t::text), '''')) as h from %s t', t.oid::regclass), false, true, '')))[1]::text
  from tables t where t.relkind in ('r', 'm') and t.nspname !~ '^aurora_migration' and t.relname !~ '^awsdms'
    and (t.relkind = 'r' or (select relispopulated from pg_class where oid = t.oid))
)
select line from lines order by line collate "C"
