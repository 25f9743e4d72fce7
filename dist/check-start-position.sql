-- Looks into a slot without consuming anything: whether it is older than the copy, and whether it can be decoded at all.
select s.confirmed_flush_lsn <= $2::pg_lsn as "olderThanCopy",
  (select count(*)::int from pg_logical_slot_peek_changes(s.slot_name, $2::pg_lsn, 1)) >= 0 as "decodes"
from pg_replication_slots s
where s.slot_name = $1
