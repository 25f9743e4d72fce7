-- One writer: transactions of six changes each (three inserts, two updates, a delete), as an application makes them.
CREATE PROCEDURE bench.work(writer int, transactions int) LANGUAGE plpgsql AS $$
DECLARE
  base bigint := writer * 10000000;
BEGIN
  FOR t IN 1 .. transactions LOOP
    INSERT INTO bench.accounts VALUES (base + t, format('owner %s of %s', t, writer), 100, clock_timestamp());
    INSERT INTO bench.entries VALUES
      (base + 2 * t, base + t, 100, format('opening of account %s', base + t), clock_timestamp()),
      (base + 2 * t + 1, base + t, -0.5, 'fee', clock_timestamp());
    UPDATE bench.accounts SET balance = balance - 0.5, changed_at = clock_timestamp() WHERE id = base + t;
    UPDATE bench.entries SET note = 'fee of the first month' WHERE id = base + 2 * t + 1;
    DELETE FROM bench.entries WHERE id = base + 2 * t;
    COMMIT;
  END LOOP;
END $$;
