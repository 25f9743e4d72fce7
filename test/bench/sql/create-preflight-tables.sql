-- Tables of ten columns and two sequences each, from $from to $to; committed in parts, since each table takes several locks.
do $$
begin
  for number in current_setting('bench.from')::integer .. current_setting('bench.to')::integer loop
    execute format(
      'create table shop.bench_%s (id bigserial primary key, name varchar(20) not null, amount numeric(12, 2), placed_at timestamptz,
         due date, quantity integer, open boolean, reference uuid, note varchar(40), parent bigint)', number);
    execute format('create sequence shop.bench_counter_%s', number);
    if number % 200 = 0 then
      commit;
    end if;
  end loop;
end
$$
