-- $1: schemas, $2: tables, $3: columns, all three of the same length. Bounds of PostgreSQL's own histogram of a column, in
-- the order of its type; nothing for a column that was never analyzed or whose statistics may not be read.
select wanted.schema, wanted."table", stats.histogram_bounds::text::text[] as histogram
from unnest($1::text[], $2::text[], $3::text[]) as wanted (schema, "table", "column")
join pg_stats as stats
  on stats.schemaname = wanted.schema and stats.tablename = wanted."table" and stats.attname = wanted."column"
where not stats.inherited and stats.histogram_bounds is not null
order by wanted.schema collate "C", wanted."table" collate "C"
