-- A table of `sample.partitions` partitions, as large systems have them by day or by customer. Every row of shop.writes adds one
-- here, so that all partitions change while a migration runs. Run as shop_owner, connected to the sample database.
CREATE TABLE shop.events (
  bucket integer NOT NULL,
  write_id bigint NOT NULL,
  writer varchar(20) NOT NULL,
  seq bigint NOT NULL,
  payload jsonb NOT NULL,
  PRIMARY KEY (bucket, write_id)
) PARTITION BY LIST (bucket);

DO $$
BEGIN
  FOR bucket IN 0 .. current_setting('sample.partitions')::integer - 1 LOOP
    EXECUTE format('CREATE TABLE shop.%I PARTITION OF shop.events FOR VALUES IN (%s)', 'events_' || lpad(bucket::text, 3, '0'), bucket);
  END LOOP;
  -- The number of partitions is part of the function, since an application does not know this script's settings.
  EXECUTE format($function$
    CREATE FUNCTION shop.record_event() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
    BEGIN
      INSERT INTO shop.events (bucket, write_id, writer, seq, payload)
      VALUES (NEW.id %% %s, NEW.id, NEW.writer, NEW.seq, jsonb_build_object('note', NEW.note));
      RETURN NULL;
    END
    $body$
  $function$, current_setting('sample.partitions'));
END
$$;

CREATE TRIGGER record_event AFTER INSERT ON shop.writes FOR EACH ROW EXECUTE FUNCTION shop.record_event();
GRANT INSERT ON shop.events TO shop_batch;
