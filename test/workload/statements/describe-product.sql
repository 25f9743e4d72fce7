UPDATE shop.products SET attributes = attributes || jsonb_build_object('campaign', $2::text) WHERE id = $1
