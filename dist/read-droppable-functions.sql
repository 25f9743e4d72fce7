-- Functions of the control schema on which nothing outside of our schemas rests. A fence is a trigger on a user's table that runs one
-- of them: without the function it would be gone, and the database open.
select p.oid::regprocedure::text as function, case p.prokind when 'p' then 'procedure' else 'function' end as kind,
  exists (
    select from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where t.tgfoid = p.oid and n.nspname not in ('aurora_migration', 'aurora_migration_markers', 'aurora_migration_dms'))
  or exists (select from pg_event_trigger e where e.evtfoid = p.oid) as needed
from pg_proc p
where p.pronamespace = to_regnamespace('aurora_migration')
order by 1
