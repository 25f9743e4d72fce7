UPDATE "Warehouse"."StockItem" SET "countedAt" = clock_timestamp(), "Labels" = ARRAY['counted', $3::text]
WHERE "productId" = $1 AND "binCode" = $2
