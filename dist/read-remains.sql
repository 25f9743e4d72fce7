-- What of ours is in this database. $1: schema of DMS's heartbeat table, or null.
select
  to_regnamespace('aurora_migration') is not null as "control",
  array(select c.relname::text from pg_class c where c.relnamespace = to_regnamespace('aurora_migration') and c.relkind = 'r' order by 1) as "controlTables",
  to_regnamespace('aurora_migration_markers') is not null as "markers",
  array(select c.relname::text from pg_class c where c.relnamespace = to_regnamespace('aurora_migration_markers') and c.relkind = 'r' order by 1) as "markerTables",
  to_regnamespace('aurora_migration_dms') is not null as "dms",
  array(select c.relname::text from pg_class c where c.relnamespace = to_regnamespace('aurora_migration_dms') and c.relkind = 'r' order by 1) as "dmsTables",
  to_regclass(quote_ident($1::name) || '.awsdms_heartbeat') is not null as "heartbeat"
