-- $1: JSON array of {schema, table}. Those that are not there.
select w."schema", w."table" from json_to_recordset($1::json) as w("schema" name, "table" name)
where to_regclass(format('%I.%I', w."schema", w."table")) is null
order by w."schema" collate "C", w."table" collate "C"
