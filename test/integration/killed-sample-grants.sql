-- Rights on the sample, on both sides; those of DMS's users that write stand apart. Run as a superuser.
grant usage on schema shop, billing to shop_app, shop_batch;
grant select, insert, update, delete on all tables in schema shop, billing to shop_app;
grant usage, select on all sequences in schema shop, billing to shop_app;
do $$
begin
  if to_regrole('dms_target') is not null then
    grant usage, create on schema shop, billing to dms_target;
    grant select, insert, update, delete, truncate on all tables in schema shop, billing to dms_target;
  end if;
  if to_regrole('dms_reverse_source') is not null then
    grant usage on schema shop, billing to dms_reverse_source;
    grant select, insert, update, delete on all tables in schema shop, billing to dms_reverse_source;
  end if;
end
$$;
