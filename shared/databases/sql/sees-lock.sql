-- Whether an advisory lock with the key $1 is held by the backend $2: locks are seen on their own server only, whatever the database.
select exists (
  select from pg_locks l
  where l.locktype = 'advisory' and l.granted and l.pid = $2::int and l.objsubid = 1
    and (l.classid::bigint << 32) | l.objid::bigint = $1::bigint
) as "seen"
