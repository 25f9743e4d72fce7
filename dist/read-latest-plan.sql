select plan::text as plan, digest
from aurora_migration.plan
where migration = $1
order by stored_at desc, digest
limit 1
