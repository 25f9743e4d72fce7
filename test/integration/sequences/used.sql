-- How the side whose values count has used them.
INSERT INTO app.orders SELECT FROM generate_series(1, 41);
INSERT INTO app.tickets SELECT FROM generate_series(1, 7);
INSERT INTO app.rooms SELECT FROM generate_series(1, 3);
INSERT INTO app.seats SELECT FROM generate_series(1, 5);
SELECT nextval('app.unowned') FROM generate_series(1, 3);
SELECT nextval('app.countdown') FROM generate_series(1, 40);
SELECT nextval('app.down_by_ten') FROM generate_series(1, 6);
SELECT nextval('app.blocks') FROM generate_series(1, 4);
SELECT nextval('app.wheel') FROM generate_series(1, 7);
SELECT nextval('app.cached');
SELECT setval('app.small', 32760);
SELECT setval('app.whole', 2147483000);
SELECT nextval('app.used_up') FROM generate_series(1, 3);
SELECT setval('app.set_not_called', 500, false);
SELECT setval('app.beyond_double', 9007199254740993);
-- The second read of 32 values from the log leaves another log_cnt.
SELECT nextval('app.in_log') FROM generate_series(1, 40);
INSERT INTO app.scratch SELECT FROM generate_series(1, 2);
SELECT nextval('app."Größe ""x"" \ ''y'' %s $1 日本"') FROM generate_series(1, 9);
SELECT nextval('"Läger ""9"""."Nächste Palette"') FROM generate_series(1, 742);
SELECT nextval('other.left_alone') FROM generate_series(1, 8);
