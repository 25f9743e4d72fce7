INSERT INTO shop.clicks (made_at, element, x, y, writer, seq)
SELECT now(), 'button-' || n, n, $1, $2, $3 FROM generate_series(1, 2) AS n
