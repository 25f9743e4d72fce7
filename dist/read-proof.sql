-- $1: migration, $2: generation. The proof that a way back carries rows: the round trip of its marker in ms.
select detail ->> 'roundTripMs' as "roundTripMs", extract(epoch from at) * 1000 as at
from aurora_migration.journal
where migration = $1 and generation = $2::bigint and event = 'way-back-proved'
order by id desc limit 1
