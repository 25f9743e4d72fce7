-- $1: JSON array of {schema, sequence}. The view pg_sequences says nothing of a value that was set but never used
-- (is_called = false), so those few are read from the sequence itself. bigint as text throughout.
select w.schema, w.sequence, s.seqrelid is not null as present,
       s.seqincrement::text as increment, s.seqmin::text as min, s.seqmax::text as max, s.seqcycle as cycle,
       coalesce(pg_sequence_last_value(s.seqrelid)::text,
                (xpath('/row/last_value/text()', query_to_xml(format('select last_value from %I.%I', w.schema, w.sequence), false, true, '')))[1]::text) as "lastValue",
       pg_sequence_last_value(s.seqrelid) is not null as called
from json_to_recordset($1::json) as w(schema text, sequence text)
left join pg_namespace n on n.nspname = w.schema
left join pg_class c on c.relnamespace = n.oid and c.relname = w.sequence and c.relkind = 'S'
left join pg_sequence s on s.seqrelid = c.oid
