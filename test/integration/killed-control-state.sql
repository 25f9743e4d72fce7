-- The rows of the control schema without what no two runs have alike; only where there is one.
select 'plan ' || migration || ' ' || digest as line from aurora_migration.plan
union all
select 'decision ' || migration || ' ' || side || ' ' || phase || ' ' || generation || ' ' || plan_digest || ' ' || detail::text from aurora_migration.decision
union all
select 'journal ' || migration || ' ' || event || ' ' || detail::text from aurora_migration.journal
union all
select 'saved ' || migration || ' ' || kind || ' ' || object || ' '
  || case when kind = 'cdc-start' then '<LSN>' when kind = 'aws' then jsonb_set(definition, '{arn}', to_jsonb(definition ->> 'arn' is not null))::text else definition::text end
from aurora_migration.saved_state
order by 1
