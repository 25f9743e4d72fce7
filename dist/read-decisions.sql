select d.migration, d.side, d.phase, d.system_identifier as "systemIdentifier", d.plan_digest as "planDigest",
       exists (select from aurora_migration.journal j where j.migration = d.migration and j.event = 'target-prepared') as prepared,
       exists (select from aurora_migration.journal j where j.migration = d.migration and j.event = 'target-finished') as finished
from aurora_migration.decision d
