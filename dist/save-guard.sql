-- $1: migration, $2: roles that keep CONNECT. Saves CONNECT as it stands, once: a second guard must not save the first one's work.
-- Who keeps it is what the last guard says.
insert into aurora_migration.saved_state (migration, kind, object, definition)
select $1, 'guard', current_database(),
       jsonb_build_object('keep', to_jsonb($2::text[]), 'grants', (select jsonb_agg(to_jsonb(g)) from aurora_migration.connect_grants() as g))
on conflict (migration, kind, object) do update
  set definition = aurora_migration.saved_state.definition || jsonb_build_object('keep', excluded.definition -> 'keep')
