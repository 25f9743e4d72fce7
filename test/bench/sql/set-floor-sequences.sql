-- $1: JSON array of [name, last_value as text, is_called].
SELECT count(setval((e ->> 0)::regclass, (e ->> 1)::bigint, (e ->> 2)::boolean)) FROM json_array_elements($1::json) AS e
