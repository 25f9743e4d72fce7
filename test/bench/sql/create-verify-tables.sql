-- 1.6 million rows whose values depend on their number only, so that every server makes the same.
create schema verified;

create table verified.orders (
  id bigint primary key, customer int not null, placed timestamptz not null, state text not null,
  amount numeric(12, 2) not null, note text, paid boolean not null
);
insert into verified.orders
select g, g % 50000, timestamptz '2026-01-01Z' + make_interval(secs => g), (array['new', 'paid', 'sent', 'back'])[1 + g % 4],
       g % 100000 / 100.0, case when g % 3 = 0 then 'note ' || md5(g::text) end, g % 4 > 0
from generate_series(1, 600000) as g;

create table verified.order_items (
  order_id bigint, line int, sku text not null, quantity int not null, price numeric(10, 2) not null, primary key (order_id, line)
);
insert into verified.order_items
select g / 3, g % 3, 'sku-' || g % 9000, 1 + g % 7, g % 5000 / 100.0 from generate_series(1, 500000) as g;

create table verified.sessions (token uuid primary key, account int not null, seen timestamptz not null, agent text not null);
insert into verified.sessions
select md5(g::text)::uuid, g % 40000, timestamptz '2026-02-01Z' + make_interval(secs => g), repeat('agent ', 1 + g % 9)
from generate_series(1, 200000) as g;

create table verified.products (code text collate "C" primary key, name text not null, facts jsonb not null, tags text[] not null);
insert into verified.products
select 'p-' || lpad(g::text, 8, '0'), 'product ' || md5(g::text),
       jsonb_build_object('weight', g % 700, 'colour', md5((g % 12)::text), 'sizes', jsonb_build_array(g % 3, g % 5)),
       array['tag' || g % 30, 'tag' || g % 17]
from generate_series(1, 150000) as g;

create table verified.events (at timestamptz not null, kind text not null, body json);
insert into verified.events
select timestamptz '2026-03-01Z' + make_interval(secs => g), 'kind' || g % 20, json_build_object('n', g, 'text', repeat('x', g % 60))
from generate_series(1, 100000) as g;

create table verified.documents (id bigint primary key, body text not null, picture bytea);
insert into verified.documents
select g, repeat(md5(g::text), 20 + g % 60), decode(repeat(md5((g + 1)::text), 8), 'hex') from generate_series(1, 50000) as g;
