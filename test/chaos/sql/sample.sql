-- Three tables under names of the sample, so that its writers' statements and its judge fit. Run as shop_owner, on both sides.
create schema shop;
create type shop.order_status as enum ('new', 'paid', 'shipped');

create table shop.writes (
  id bigserial primary key,
  writer varchar(20) not null,
  seq bigint not null,
  note varchar(80) not null,
  made_at timestamptz not null default clock_timestamp()
);

create table shop.products (id bigserial primary key, name varchar(40) not null, stock integer not null);

create table shop.orders (
  id bigserial primary key,
  customer_id bigint not null,
  address_id bigint,
  status shop.order_status not null default 'new',
  reference varchar(40) not null,
  total numeric(14, 2) not null,
  discount numeric,
  placed_at timestamptz not null,
  writer varchar(20) not null,
  seq bigint not null
);
