-- $1 migration, $2 slots. Where the last drain before the opening cut, by slot, as it was written down.
select one.slot, max(one.lsn::pg_lsn)::text as lsn
from aurora_migration.journal j cross join lateral jsonb_to_recordset(j.detail -> 'slots') as one(slot text, lsn text)
where j.migration = $1 and j.event = 'cut' and one.slot = any ($2::text[])
group by one.slot
