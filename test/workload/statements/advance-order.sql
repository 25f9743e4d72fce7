UPDATE shop.orders SET status = 'paid', total = total + 1 WHERE id = $1
