-- Extensions of the database with their versions.
select e.extname as name, e.extversion as version from pg_extension e order by e.extname collate "C"
