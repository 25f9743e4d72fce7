-- One transaction of 2,500, as each sequence takes a lock. $1 of the driver cannot be used in DO: the part comes as a setting.
DO $$
BEGIN
  FOR number IN 1 .. 2500 LOOP
    EXECUTE format('CREATE SEQUENCE counted.%I', 'number_' || current_setting('bench.part') || '_' || number);
  END LOOP;
END
$$;
