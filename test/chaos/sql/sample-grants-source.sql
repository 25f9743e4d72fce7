grant usage on schema shop to dms_reverse_source;
grant select, insert, update, delete on all tables in schema shop to dms_reverse_source;
