SELECT count(*)::integer AS unfinished FROM pg_subscription_rel WHERE srsubstate <> 'r'
