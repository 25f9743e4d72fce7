-- What only the source has: a role with rights, and an extension. Run as a superuser.
do $$
begin
  if to_regrole('reporter') is null then create role reporter nologin; end if;
end
$$;
grant select on shop.orders to reporter;
create extension citext with schema public;
