-- Processes that are no clients and none of PostgreSQL's own (12 to 18), as far as they work in this database or in none.
select a.backend_type as kind, a.usename as role, count(*)::integer as count
from pg_stat_activity a
where a.backend_type not in ('client backend', 'walsender', 'parallel worker', 'autovacuum worker', 'autovacuum launcher',
        'logical replication launcher', 'logical replication worker', 'logical replication apply worker',
        'logical replication parallel worker', 'logical replication tablesync worker', 'background writer', 'checkpointer',
        'walwriter', 'walreceiver', 'walsummarizer', 'startup', 'archiver', 'logger', 'stats collector', 'slotsync worker', 'io worker')
  and a.datname = current_database()
group by 1, 2
order by 1, 2
