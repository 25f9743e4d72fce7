-- The transaction that has been open longest in the database, writing or not, and the one that has been idle longest inside
-- of one: both keep a snapshot or rows locked, and hold capture up or the cutover's pause. Our own sessions are left out.
with client as (
  select a.pid, a.usename, a.application_name, a.state, a.xact_start, a.state_change
  from pg_stat_activity a
  where a.datname = current_database() and a.xact_start is not null and a.pid <> pg_backend_pid()
    and a.backend_type = 'client backend'
)
select json_build_object(
  'open', (select json_build_object('pid', c.pid, 'user', c.usename, 'application', c.application_name,
             'seconds', extract(epoch from clock_timestamp() - c.xact_start))
           from client c order by c.xact_start limit 1),
  'idle', (select json_build_object('pid', c.pid, 'user', c.usename, 'application', c.application_name,
             'seconds', extract(epoch from clock_timestamp() - c.state_change))
           from client c where c.state in ('idle in transaction', 'idle in transaction (aborted)')
           order by c.state_change limit 1))::text as transactions
