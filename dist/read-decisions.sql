select d.migration, d.side, d.phase, d.system_identifier as "systemIdentifier", d.plan_digest as "planDigest",
       exists (select from aurora_migration.journal j where j.migration = d.migration and j.event = 'target-prepared') as prepared,
       exists (select from aurora_migration.journal j where j.migration = d.migration and j.event = 'target-finished') as finished,
       -- Emptied for another load after that: what belongs to the load is to be done once more.
       exists (
         select from aurora_migration.journal j where j.migration = d.migration and j.event = 'changed' and j.detail ->> 'title' like 'empty %'
           and j.id > (select max(f.id) from aurora_migration.journal f where f.migration = d.migration and f.event = 'target-finished')
       ) as "emptiedSince"
from aurora_migration.decision d
