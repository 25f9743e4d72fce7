select evidence::text as evidence, extract(epoch from clock_timestamp() - measured_at)::float8 * 1000 as "ageMs"
from aurora_migration.evidence where id::text = $1 and migration = $2
