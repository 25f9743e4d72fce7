-- Made on both sides before the hand-driven cutover. Names of the application's roles are the sample's.
CREATE SCHEMA by_hand;
CREATE TABLE by_hand.marker (id uuid PRIMARY KEY, written_at timestamptz NOT NULL DEFAULT clock_timestamp());

-- Signals all at once, then waits until they are really gone: a backend that was committing still commits.
CREATE FUNCTION by_hand.end_sessions() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  ended integer := 0;
  remaining integer;
BEGIN
  LOOP
    PERFORM pg_stat_clear_snapshot();
    SELECT count(pg_terminate_backend(pid)) INTO remaining FROM pg_stat_activity
      WHERE datname = current_database() AND usename IN ('shop_app', 'shop_batch');
    EXIT WHEN remaining = 0;
    ended := greatest(ended, remaining);
    PERFORM pg_sleep(0.001);
  END LOOP;
  RETURN ended;
END
$$;

CREATE FUNCTION by_hand.await_marker(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WHILE NOT EXISTS (SELECT FROM by_hand.marker WHERE id = wanted) LOOP
    PERFORM pg_sleep(0.001);
  END LOOP;
END
$$;
