-- On the source: what tells afterwards that something happened which DMS does not carry. Idempotent.
-- load_baseline: marks from before the load. kind `table`: the number of its file, which TRUNCATE replaces, and VACUUM FULL,
-- CLUSTER and an ALTER that rewrites as well. kind `large-objects`: how many there were, and counters of their table.
create table if not exists aurora_migration.load_baseline (
  migration text not null,
  kind text not null check (kind in ('table', 'large-objects')),
  object text not null,
  mark text not null,
  -- The task or slot whose start it precedes: another one begins with another load.
  owner text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (migration, kind, object)
);

-- What was seen to be in doubt, and since when: a comparison of rows that began later settles it.
create table if not exists aurora_migration.doubt (
  migration text not null,
  kind text not null check (kind in ('table', 'backlog')),
  object text not null,
  mark text not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (migration, kind, object)
);

-- What a plan's fingerprint of the source's schema was made of: so that what changed since can be named.
create table if not exists aurora_migration.schema_line (
  migration text not null,
  fingerprint text not null,
  lines jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (migration, fingerprint)
);
