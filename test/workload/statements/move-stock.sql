UPDATE "Warehouse"."StockItem" SET "onHand" = "onHand" + $3 WHERE "productId" = $1 AND "binCode" = $2
