-- $1: JSON object of settings. Those that this server does not know (older majors) are left out.
select count(set_config(wanted.key, wanted.value, false)) as applied, pg_backend_pid() as pid
from json_each_text($1::json) as wanted
join pg_catalog.pg_settings as known on lower(known.name) = lower(wanted.key)
