-- $1: [{slot, lsn}]. Slots that have been read past the LSN given for them: what lies between, nobody gets any more.
select w.slot, w.lsn, s.confirmed_flush_lsn::text as "readUpTo"
from jsonb_to_recordset($1::jsonb) as w (slot text, lsn text)
join pg_replication_slots s on s.slot_name = w.slot
where s.confirmed_flush_lsn > w.lsn::pg_lsn
order by w.slot
