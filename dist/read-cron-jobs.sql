-- Jobs that pg_cron runs in this database. Their commands may hold secrets and are left out.
select coalesce(nullif(to_jsonb(j) ->> 'jobname', ''), 'job ' || j.jobid) as job, j.schedule, j.username as role
from cron.job j
where j.active and j.database = current_database()
order by j.jobid
