select
  array(select e.extname::text from pg_extension e order by 1) as extensions,
  (select coalesce(json_agg(json_build_object('name', t.evtname, 'enabled', t.evtenabled) order by t.evtname), '[]')
   from pg_event_trigger t where t.evtenabled <> 'D') as "eventTriggers",
  (select count(*)::text from pg_largeobject_metadata) as "largeObjects",
  array(select s.subname::text from pg_subscription s where s.subenabled and s.subdbid = (select oid from pg_database where datname = current_database()) order by 1) as subscriptions,
  array(select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relname ~ '^awsdms_' and c.relkind in ('r', 'p') and n.nspname !~ '^aurora_migration' order by 1) as "dmsRelations"
