INSERT INTO shop.tickets (number, countdown, block, counter, subject, writer, seq)
VALUES (nextval('shop.ticket_numbers'), nextval('shop.ticket_countdown'), nextval('shop.ticket_blocks'), nextval('shop.ticket_counter'), $1, $2, $3)
RETURNING number, countdown, block, counter
