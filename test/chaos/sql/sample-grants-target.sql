grant usage, create on schema shop, public to dms_target;
grant select, insert, update, delete, truncate on all tables in schema shop to dms_target;
