-- Lines for clients of the network, in the order in which PostgreSQL reads them. Addresses are only sorted into classes.
select h.line_number as line, h.type, h.database as databases, h.user_name as users, h.auth_method as method,
       case
         when h.address = 'all' or h.netmask in ('0.0.0.0', '::') then 'everybody'
         when h.address in ('samehost', 'localhost', '::1') or h.address like '127.%' then 'loopback'
         else 'other'
       end as from
from pg_hba_file_rules h
where h.type ~ '^host' and h.error is null
order by h.line_number
