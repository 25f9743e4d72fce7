UPDATE shop.customers SET preferences = jsonb_set(preferences, '{seen}', to_jsonb($2::integer)) WHERE id = $1
