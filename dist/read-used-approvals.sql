-- $1 migration. Comments by which a cutover or fall-back was approved that then began to pause writers here.
select distinct j.detail -> 'approval' -> 'comment' ->> 'id' as id, j.run_id as "runId"
from aurora_migration.journal j
where j.migration = $1 and j.event = 'pausing' and j.detail -> 'approval' -> 'comment' ->> 'id' is not null
