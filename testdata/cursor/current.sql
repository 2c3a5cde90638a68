# Cursors, and WHERE CURRENT OF, to which no condition can be added.

=== DECLARE
why: the query is filtered
--- in
DECLARE c CURSOR FOR SELECT id, name FROM users ORDER BY id; FETCH ALL FROM c
--- out
DECLARE c CURSOR FOR SELECT id, name FROM users WHERE users.deleted_at IS NULL ORDER BY id; FETCH ALL FROM c

=== DECLARE outside the policy
twin: cities are not soft-deleted
--- in
DECLARE c CURSOR FOR SELECT id FROM cities; FETCH ALL FROM c
--- same

=== DECLARE with options
why: they stay
--- in
DECLARE c NO SCROLL CURSOR WITHOUT HOLD FOR SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id; FETCH 3 FROM c; MOVE 2 IN c; CLOSE c
--- out
DECLARE c NO SCROLL CURSOR WITHOUT HOLD FOR SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL; FETCH 3 FROM c; MOVE 2 IN c; CLOSE c

=== DELETE WHERE CURRENT OF
why: the row is marked, and counted
--- before
DECLARE c CURSOR FOR SELECT * FROM users ORDER BY id FOR UPDATE
--- before
FETCH 2 FROM c
--- in
DELETE FROM users WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE users SET deleted_at = CASE WHEN users.deleted_at IS NULL THEN now() ELSE users.deleted_at END WHERE CURRENT OF c RETURNING (SELECT _sd_old.deleted_at IS NULL FROM users AS _sd_old WHERE _sd_old.id = users.id) AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF outside the policy
twin: a real deletion
--- before
DECLARE c CURSOR FOR SELECT * FROM cities FOR UPDATE
--- before
FETCH 2 FROM c
--- in
DELETE FROM cities WHERE CURRENT OF c
--- same

=== DELETE WHERE CURRENT OF a row that was deleted meanwhile
why: it counts no row, as a second real deletion would
--- before
DECLARE c CURSOR FOR SELECT * FROM users WHERE id = 2 FOR UPDATE; FETCH c
--- before
DELETE FROM users WHERE id = 2
--- in
DELETE FROM users WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE users SET deleted_at = CASE WHEN users.deleted_at IS NULL THEN now() ELSE users.deleted_at END WHERE CURRENT OF c RETURNING (SELECT _sd_old.deleted_at IS NULL FROM users AS _sd_old WHERE _sd_old.id = users.id) AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF with an alias
why: the marker is read through the alias
--- before
DECLARE c CURSOR FOR SELECT * FROM users u WHERE u.id = 2; FETCH c
--- in
DELETE FROM users AS u WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE users AS u SET deleted_at = CASE WHEN u.deleted_at IS NULL THEN now() ELSE u.deleted_at END WHERE CURRENT OF c RETURNING (SELECT _sd_old.deleted_at IS NULL FROM users AS _sd_old WHERE _sd_old.id = u.id) AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF with a quoted cursor and a comment
why: the name is the last token
--- before
DECLARE "my c" CURSOR FOR SELECT * FROM public.users u WHERE u.id = 2; FETCH "my c"
--- in
DELETE FROM public.users WHERE CURRENT OF "my c" -- that one
--- out
WITH _sd_current AS (UPDATE public.users SET deleted_at = CASE WHEN users.deleted_at IS NULL THEN now() ELSE users.deleted_at END WHERE CURRENT OF "my c" RETURNING (SELECT _sd_old.deleted_at IS NULL FROM public.users AS _sd_old WHERE _sd_old.id = users.id) AS live) SELECT FROM _sd_current WHERE live -- that one

=== DELETE WHERE CURRENT OF, a composite key
why: the old row is found by the whole key
--- before
DECLARE c CURSOR FOR SELECT * FROM members WHERE user_id = 1 FOR UPDATE; FETCH c
--- in
DELETE FROM members WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE members SET deleted_at = CASE WHEN members.deleted_at IS NULL THEN now() ELSE members.deleted_at END WHERE CURRENT OF c RETURNING (SELECT _sd_old.deleted_at IS NULL FROM members AS _sd_old WHERE _sd_old.user_id = members.user_id AND _sd_old.group_id = members.group_id) AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF, a flag
why: the marker is true
--- before
DECLARE c CURSOR FOR SELECT * FROM features; FETCH 2 FROM c
--- in
DELETE FROM features WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE features SET is_deleted = CASE WHEN NOT features.is_deleted THEN true ELSE features.is_deleted END WHERE CURRENT OF c RETURNING (SELECT NOT _sd_old.is_deleted FROM features AS _sd_old WHERE _sd_old.id = features.id) AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF, unix seconds
why: the marker is a number
--- before
DECLARE c CURSOR FOR SELECT * FROM visits; FETCH 2 FROM c
--- in
DELETE FROM visits WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE visits SET deleted_unix = CASE WHEN visits.deleted_unix = 0 THEN floor(extract(epoch FROM now()))::bigint ELSE visits.deleted_unix END WHERE CURRENT OF c RETURNING (SELECT _sd_old.deleted_unix = 0 FROM visits AS _sd_old WHERE _sd_old.id = visits.id) AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF, quoted names
why: they are quoted in what is added, too
--- before
DECLARE c CURSOR FOR SELECT * FROM "Order Lines"; FETCH 2 FROM c
--- in
DELETE FROM "Order Lines" WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE "Order Lines" SET "Removed At" = CASE WHEN "Order Lines"."Removed At" IS NULL THEN now() ELSE "Order Lines"."Removed At" END WHERE CURRENT OF c RETURNING (SELECT _sd_old."Removed At" IS NULL FROM "Order Lines" AS _sd_old WHERE _sd_old."Line No" = "Order Lines"."Line No") AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF, a partition
why: the old row is found in the partition
--- before
DECLARE c CURSOR FOR SELECT * FROM metrics_2024; FETCH 2 FROM c
--- in
DELETE FROM metrics_2024 WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE metrics_2024 SET deleted_at = CASE WHEN metrics_2024.deleted_at IS NULL THEN now() ELSE metrics_2024.deleted_at END WHERE CURRENT OF c RETURNING (SELECT _sd_old.deleted_at IS NULL FROM metrics_2024 AS _sd_old WHERE _sd_old.id = metrics_2024.id AND _sd_old.day = metrics_2024.day) AS live) SELECT FROM _sd_current WHERE live

=== DELETE WHERE CURRENT OF with RETURNING
why: what is returned would have to be fetched from a WITH query
--- in
DELETE FROM users WHERE CURRENT OF c RETURNING id
--- refused
softdelete: refused DELETE on users at character 13: DELETE … WHERE CURRENT OF with RETURNING, USING or WITH, or inside another statement; delete by primary key

=== DELETE WHERE CURRENT OF inside another statement
why: as above
--- in
WITH d AS (DELETE FROM users WHERE CURRENT OF c) SELECT 1
--- refused
softdelete: refused DELETE on users at character 24: DELETE … WHERE CURRENT OF with RETURNING, USING or WITH, or inside another statement; delete by primary key

=== DELETE WHERE CURRENT OF under HardDelete
twin: the deletion stays what it is
scope: hard orders
--- before
DECLARE c CURSOR FOR SELECT * FROM orders WHERE id = 100; FETCH c
--- in
DELETE FROM orders WHERE CURRENT OF c
--- twin
DELETE FROM orders WHERE id = 100
--- same

=== DELETE WHERE CURRENT OF under HardDelete of deleted rows
why: no condition can be added
scope: hard orders
scope: only orders
--- in
DELETE FROM orders WHERE CURRENT OF c
--- refused
softdelete: refused DELETE on orders at character 13: WHERE CURRENT OF cannot be combined with OnlyDeleted; delete by primary key

=== UPDATE WHERE CURRENT OF
why: it would update a row that was deleted meanwhile
--- in
UPDATE users SET name = 'x' WHERE CURRENT OF c
--- refused
softdelete: refused UPDATE on users at character 8: WHERE CURRENT OF would update the row even after it was deleted; update by primary key

=== UPDATE WHERE CURRENT OF outside the policy
twin: nothing is hidden in cities
--- before
DECLARE c CURSOR FOR SELECT * FROM cities FOR UPDATE; FETCH c
--- in
UPDATE cities SET name = 'x' WHERE CURRENT OF c
--- same

=== UPDATE WHERE CURRENT OF under WithDeleted
twin: deleted rows are seen
scope: with orders
--- before with orders
DECLARE c CURSOR FOR SELECT * FROM orders WHERE id = 101 FOR UPDATE; FETCH c
--- in
UPDATE orders SET status = 'x' WHERE CURRENT OF c
--- same
