-- The journal and all that the migration must find again from another runner. Same on both sides; what a row means
-- on which side is in its columns. Idempotent. Never replicated: every task excludes this schema.
create schema if not exists aurora_migration;
revoke all on schema aurora_migration from public;

create table if not exists aurora_migration.plan (
  migration text not null,
  digest text not null,
  plan jsonb not null,
  stored_at timestamptz not null default clock_timestamp(),
  primary key (migration, digest)
);

create table if not exists aurora_migration.evidence (
  id uuid primary key,
  migration text not null,
  plan_digest text not null,
  evidence jsonb not null,
  measured_at timestamptz not null default clock_timestamp()
);

-- One row decides. On the database that is left: paused (-> fenced, with `fence: read-only`) -> committed | aborted. On the one that is entered it follows:
-- guarded (the target before its first opening) or committed (left by an earlier cutover) -> opened. `side`: which database
-- of the plan this is. `direction`: of the cutover that wrote the row last.
create table if not exists aurora_migration.decision (
  migration text primary key,
  side text not null check (side in ('source', 'target')),
  system_identifier text not null,
  generation bigint not null,
  run_id text not null,
  run_attempt integer not null,
  phase text not null check (phase in ('paused', 'fenced', 'committed', 'aborted', 'guarded', 'opened')),
  plan_digest text not null,
  evidence_id uuid,
  detail jsonb not null default '{}',
  decided_at timestamptz not null default clock_timestamp(),
  direction text not null default 'forward' check (direction in ('forward', 'back'))
);

create table if not exists aurora_migration.journal (
  id bigint generated always as identity primary key,
  migration text not null,
  generation bigint not null,
  run_id text not null,
  run_attempt integer not null,
  event text not null,
  detail jsonb not null default '{}',
  at timestamptz not null default clock_timestamp()
);

-- What was changed and how it is put back: written before the change, removed after the undoing.
create table if not exists aurora_migration.saved_state (
  migration text not null,
  kind text not null,
  object text not null,
  definition jsonb not null,
  saved_at timestamptz not null default clock_timestamp(),
  primary key (migration, kind, object)
);

-- On the source: comparisons of rows (verify-data). The row of one under way is found again by the run that goes on with it.
-- `result` holds counts and names, never a value of a row.
create table if not exists aurora_migration.comparison (
  id uuid primary key,
  migration text not null,
  plan_digest text not null,
  asked jsonb not null,
  state text not null default 'running' check (state in ('running', 'equal', 'different', 'could-not-verify')),
  run_id text not null,
  run_attempt integer not null,
  result jsonb,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);

-- What a comparison under way has found equal so far, part by part; gone when it is finished.
create table if not exists aurora_migration.compared_part (
  comparison uuid not null references aurora_migration.comparison (id) on delete cascade,
  part text not null,
  finished jsonb not null,
  primary key (comparison, part)
);
