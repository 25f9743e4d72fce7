INSERT INTO "Warehouse"."StockMove" ("productId", "binCode", quantity, writer, seq) VALUES ($1, $2, $3, $4, $5) RETURNING id
