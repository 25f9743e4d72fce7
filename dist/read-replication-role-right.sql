-- $1: role. PostgreSQL 15 and later: the right to set session_replication_role can be granted.
select has_parameter_privilege($1::name, 'session_replication_role', 'set') as may
