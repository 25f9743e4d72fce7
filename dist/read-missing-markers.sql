select missing::text[] as missing,
       (select count(*) from aurora_migration.canary where marker = $2::uuid)::text as canaries
from aurora_migration.markers_missing($1::name[], $2::uuid) as missing
