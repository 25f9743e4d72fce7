-- 3,000 tables of an application with four grants each. Each in a statement of its own: one transaction would want a lock on all.
do $$ begin
  for n in 1..3000 loop
    execute format('create table shop.many_%s (id bigint primary key, note text)', n);
    execute format('alter table shop.many_%s owner to shop_owner', n);
    execute format('grant select, insert, update, delete on shop.many_%s to shop_app', n);
    execute format('grant select, insert on shop.many_%s to shop_batch', n);
    commit;
  end loop;
end $$
