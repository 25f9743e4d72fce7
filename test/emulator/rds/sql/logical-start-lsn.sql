-- What Aurora has built in: the LSN at which the volume of a clone is consistent, which is filled in.
-- In pg_catalog, as there, so that no dump and no comparison of schemas sees it.
CREATE OR REPLACE FUNCTION pg_catalog.aurora_volume_logical_start_lsn()
  RETURNS pg_lsn
  LANGUAGE sql
  STABLE
AS $function$ SELECT __LSN__::pg_catalog.pg_lsn $function$
