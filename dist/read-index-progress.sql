-- Indexes that are being made in this database now, and how far each is.
select p.relid::regclass::text as "table", p.phase,
       case when p.blocks_total > 0 then floor(100.0 * p.blocks_done / p.blocks_total)::integer
            when p.tuples_total > 0 then floor(100.0 * p.tuples_done / p.tuples_total)::integer
            else 0 end as percent
from pg_stat_progress_create_index p
where p.datname = current_database() and p.index_relid is distinct from 0
order by 1, 2
