-- Functions that run with their owner's rights, or that set what a fence stands on. Trigger functions cannot be called by anyone.
select format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as function,
       pg_get_userbyid(p.proowner) as owner,
       p.prosecdef as definer,
       l.lanname not in ('sql', 'plpgsql')
         or coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)) ~* '\m(insert|update|delete|truncate|merge|copy|execute)\M' as writes,
       array(select split_part(line, '=', 1) from unnest(p.proconfig) as line order by 1) as sets,
       array(select r.rolname::text from pg_roles r
             where r.rolcanlogin and not r.rolsuper and has_function_privilege(r.oid, p.oid, 'execute')
               and has_schema_privilege(r.oid, n.oid, 'usage') order by 1) as callers
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where (p.prosecdef or exists (select from unnest(p.proconfig) as line where line ~* '^(session_replication_role|default_transaction_read_only|transaction_read_only)='))
  and p.prokind in ('f', 'p')
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  and n.nspname !~ '^(pg_|aurora_migration)' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by n.nspname collate "C", p.proname collate "C", 1
