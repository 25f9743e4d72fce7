-- $1: JSON array of {schema, sequence, value (text), called}. One statement for all of them.
select count(setval(format('%I.%I', w.schema, w.sequence)::regclass, w.value::bigint, w.called))::int as set
from json_to_recordset($1::json) as w(schema text, sequence text, value text, called boolean)
