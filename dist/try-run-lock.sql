-- $1 what is locked. Held until the session ends, whatever ends it.
select pg_try_advisory_lock(hashtextextended($1, 0)) as taken
