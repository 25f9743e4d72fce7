-- Whether values ($1, sorted elsewhere) are in order here; the collation is put in by the caller, quoted.
select coalesce(bool_and(before is null or before < value), true) as sorted
from (
  select value collate %COLLATION% as value, lag(value collate %COLLATION%) over (order by place) as before
  from unnest($1::text[]) with ordinality as given(value, place)
) as pairs
