-- $1: JSON array of {schema, table}. How many of them do not refuse writers by the fence's trigger, or are not there.
select count(*)::int as unfenced
from json_to_recordset($1::json) as t("schema" name, "table" name)
where not coalesce(aurora_migration.is_fenced(to_regclass(format('%I.%I', t."schema", t."table"))), false)
