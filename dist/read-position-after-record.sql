-- $1: slot, $2: start of the last record that the copy has, $3: one byte later. Where the slot first has something past it, looking
-- no further than that record: its own end where it is a COMMIT. Consumes nothing.
select c.lsn::text as lsn
from pg_logical_slot_peek_changes($1, $3::pg_lsn, null) c
where c.lsn > $2::pg_lsn
order by c.lsn
limit 1
