# Scopes. The twin holds what the scope shows: all rows under WithDeleted, the
# deleted ones alone under OnlyDeleted, live and deleted ones under HardDelete.

=== WithDeleted
why: nothing is filtered
scope: with
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id
--- same

=== Live by default
twin: no scope, so both tables are filtered
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id
--- out
SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL

=== WithDeleted of one table
why: the other tables stay filtered
scope: with orders
--- in
SELECT n.id, o.id FROM notes n LEFT JOIN orders o ON o.user_id = n.user_id
--- out
SELECT n.id, o.id FROM notes n LEFT JOIN orders o ON o.user_id = n.user_id WHERE n.deleted_at IS NULL

=== WithDeleted of another table
twin: what is not named is filtered
scope: with items
--- in
SELECT n.id, o.id FROM notes n LEFT JOIN orders o ON o.user_id = n.user_id
--- out
SELECT n.id, o.id FROM notes n LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = n.user_id WHERE n.deleted_at IS NULL

=== WithDeleted of several tables
why: each of them
scope: with orders, items
--- in
SELECT o.id, i.id, n.id FROM orders o FULL JOIN items i ON i.order_id = o.id FULL JOIN notes n ON n.user_id = o.user_id
--- out
SELECT o.id, i.id, n.id FROM orders o FULL JOIN items i ON i.order_id = o.id FULL JOIN (notes n JOIN (SELECT) AS _sd1 ON n.deleted_at IS NULL) ON n.user_id = o.user_id

=== WithDeleted in an update
why: deleted rows can be edited
scope: with
--- in
UPDATE orders SET total = total + 1 WHERE status = 'paid'
--- same

=== WithDeleted in a restoration
why: the marker is the user's to clear
scope: with orders
--- in
UPDATE orders SET deleted_at = NULL WHERE id = 101
--- same

=== WithDeleted in a deletion
why: the rows that are deleted already stay as they are, and are not counted
scope: with
--- in
DELETE FROM orders WHERE user_id = 1
--- twin
DELETE FROM orders WHERE user_id = 1 AND deleted_at IS NULL
--- out
UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL AND (user_id = 1)

=== WithDeleted in COPY
why: everything is exported
scope: with
--- in
COPY orders TO STDOUT
--- same

=== WithDeleted and NATURAL JOIN
why: markers join as before, and still mean nothing
scope: with
--- in
SELECT 1 FROM orders NATURAL JOIN items
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== OnlyDeleted
why: the other half of the table
scope: only
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id
--- out
SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NOT NULL) ON o.user_id = u.id WHERE u.deleted_at IS NOT NULL

=== OnlyDeleted of one table
why: a trash view of orders, with live notes
scope: only orders
--- in
SELECT o.id, n.body FROM orders o LEFT JOIN notes n ON n.user_id = o.user_id
--- out
SELECT o.id, n.body FROM orders o LEFT JOIN (notes n JOIN (SELECT) AS _sd1 ON n.deleted_at IS NULL) ON n.user_id = o.user_id WHERE o.deleted_at IS NOT NULL

=== OnlyDeleted of a flag
why: deleted is the flag itself
scope: only
--- in
SELECT id, name FROM features WHERE enabled OR id = 4
--- out
SELECT id, name FROM features WHERE features.is_deleted AND (enabled OR id = 4)

=== OnlyDeleted of unix seconds
why: deleted is everything but 0
scope: only
--- in
SELECT id, page FROM visits
--- out
SELECT id, page FROM visits WHERE visits.deleted_unix <> 0

=== OnlyDeleted of unix milliseconds and nanoseconds
why: as above
scope: only
--- in
SELECT c.id, t.id FROM clicks c FULL JOIN ticks t ON t.id = c.id
--- out
SELECT c.id, t.id FROM (clicks c JOIN (SELECT) AS _sd1 ON c.deleted_ms <> 0) FULL JOIN (ticks t JOIN (SELECT) AS _sd2 ON t.deleted_ns <> 0) ON t.id = c.id

=== OnlyDeleted in a restoration
why: deleted rows only, so a live row is never touched
scope: only orders
--- in
UPDATE orders SET deleted_at = NULL WHERE id IN (100, 101)
--- out
UPDATE orders SET deleted_at = NULL WHERE orders.deleted_at IS NOT NULL AND (id IN (100, 101))

=== OnlyDeleted in COPY
why: the trash is exported
scope: only
--- in
COPY orders (id) TO STDOUT
--- out
COPY (SELECT id FROM ONLY orders WHERE orders.deleted_at IS NOT NULL) TO STDOUT

=== OnlyDeleted in a deletion
why: what it shows is deleted already
scope: only
--- in
DELETE FROM orders WHERE id = 101
--- refused
softdelete: refused DELETE on orders at character 13: the rows that OnlyDeleted shows are deleted already; add HardDelete to remove them for good

=== OnlyDeleted in a deletion of another table
twin: only orders are turned around
scope: only orders
--- in
DELETE FROM items WHERE order_id IN (SELECT id FROM orders)
--- out
UPDATE items SET deleted_at = now() WHERE items.deleted_at IS NULL AND (order_id IN (SELECT id FROM orders WHERE orders.deleted_at IS NOT NULL))

=== OnlyDeleted in TABLE
why: TABLE becomes a SELECT
scope: only
--- in
TABLE orders
--- out
SELECT * FROM orders WHERE orders.deleted_at IS NOT NULL

=== OnlyDeleted and a condition of the live scope
twin: the user's condition stays, and contradicts the scope
scope: only
--- in
SELECT id FROM orders WHERE orders.deleted_at IS NULL
--- out
SELECT id FROM orders WHERE orders.deleted_at IS NOT NULL AND (orders.deleted_at IS NULL)

=== OnlyDeleted with an alias list
why: the condition goes into the sub-select
scope: only
--- in
SELECT o.a FROM orders AS o (a)
--- out
SELECT o.a FROM (SELECT * FROM orders WHERE orders.deleted_at IS NOT NULL) AS o (a)

=== OnlyDeleted in MERGE
why: a deleted row is what matches
scope: only notes
--- in
MERGE INTO notes n USING cities c ON n.id = c.id WHEN MATCHED THEN UPDATE SET deleted_at = NULL
--- out
MERGE INTO notes n USING cities c ON n.deleted_at IS NOT NULL AND (n.id = c.id) WHEN MATCHED THEN UPDATE SET deleted_at = NULL

=== OnlyDeleted in MERGE with DELETE
why: what it shows is deleted already
scope: only notes
--- in
MERGE INTO notes n USING cities c ON n.id = c.id WHEN MATCHED THEN DELETE
--- refused
softdelete: refused MERGE on notes at character 12: MERGE with DELETE is a soft delete of live rows only; use DELETE under HardDelete

=== WithDeleted in MERGE with DELETE
why: a second deletion must not overwrite the first
scope: with notes
--- in
MERGE INTO notes n USING cities c ON n.id = c.id WHEN MATCHED THEN DELETE
--- twin
MERGE INTO notes n USING cities c ON n.deleted_at IS NULL AND n.id = c.id WHEN MATCHED THEN DELETE
--- out
MERGE INTO notes n USING cities c ON n.deleted_at IS NULL AND (n.id = c.id) WHEN MATCHED THEN UPDATE SET deleted_at = now()

=== A later scope wins
why: for the tables that it names
scope: with
scope: only orders
--- in
SELECT o.id, n.id FROM orders o FULL JOIN notes n ON n.user_id = o.user_id
--- out
SELECT o.id, n.id FROM (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NOT NULL) FULL JOIN notes n ON n.user_id = o.user_id

=== A later scope for all wins
twin: it names none, so it is for all
scope: only orders
scope: with
--- in
SELECT o.id, n.id FROM orders o FULL JOIN notes n ON n.user_id = o.user_id
--- same

=== One name, two tables, one scope
why: users is public.users or s2.users, as search_path says; they differ under this scope
scope: with users
--- in
SELECT id FROM users
--- refused
softdelete: refused SELECT on s2.users at character 16: "users" can mean users or s2.users, which differ in marker or scope; qualify the name with its schema

=== One name, two tables, one scope, a schema
twin: the schema decides
scope: with users
--- in
SELECT p.id, s.id FROM public.users p FULL JOIN s2.users s USING (id)
--- out
SELECT p.id, s.id FROM public.users p FULL JOIN (s2.users s JOIN (SELECT) AS _sd1 ON s.deleted_at IS NULL) USING (id)

=== A table that the policy does not have
why: the caller must have meant another
scope: only order
--- in
SELECT 1
--- refused
softdelete: refused: the context's OnlyDeleted names "order", which is not a table of the policy; did you mean "orders"? the policy has users, orders, items, notes, accounts, handles, members, features, visits, clicks, ticks, metrics, metrics_2023, metrics_2024, animals, dogs, s2.users, *.docs, Order Lines, select and 3 more

=== HardDelete
why: live and deleted rows are destroyed
scope: hard
--- in
DELETE FROM orders WHERE user_id = 1
--- same

=== A soft deletion
twin: without the scope, they are marked
--- in
DELETE FROM orders WHERE user_id = 1
--- out
UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL AND (user_id = 1)

=== HardDelete of one table
why: the other tables are soft-deleted from
scope: hard orders
--- in
WITH i AS (DELETE FROM items WHERE order_id = 100 RETURNING id) DELETE FROM orders WHERE id IN (100, 101)
--- out
WITH i AS (UPDATE items SET deleted_at = now() WHERE items.deleted_at IS NULL AND (order_id = 100) RETURNING id) DELETE FROM orders WHERE id IN (100, 101)

=== HardDelete of another table
twin: orders are not named
scope: hard items
--- in
DELETE FROM orders WHERE id IN (100, 101)
--- out
UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL AND (id IN (100, 101))

=== HardDelete without WHERE
why: one slip would destroy everything that could be restored
scope: hard
--- in
DELETE FROM orders
--- refused
softdelete: refused DELETE on orders at character 13: a hard delete without WHERE would destroy every row, deleted ones included; add a WHERE, or allow it with the option AllowUnboundedHardDelete

=== HardDelete without WHERE, with USING
why: as above
scope: hard
--- in
DELETE FROM orders USING cities
--- refused
softdelete: refused DELETE on orders at character 13: a hard delete without WHERE would destroy every row, deleted ones included; add a WHERE, or allow it with the option AllowUnboundedHardDelete

=== HardDelete without WHERE, allowed
twin: the option allows it
scope: hard
option: AllowUnboundedHardDelete
--- in
DELETE FROM orders
--- same

=== HardDelete without WHERE outside the policy
twin: such a table is none of our business
scope: hard
--- in
DELETE FROM cities
--- same

=== HardDelete leaves what is read alone
why: only live users count, while live and deleted orders are destroyed
scope: hard orders
--- in
DELETE FROM orders WHERE user_id NOT IN (SELECT id FROM notes)
--- out
DELETE FROM orders WHERE user_id NOT IN (SELECT id FROM notes WHERE notes.deleted_at IS NULL)

=== HardDelete with USING
why: the sources are filtered
scope: hard orders
--- in
DELETE FROM orders o USING items i WHERE i.order_id = o.id RETURNING o.id, i.id
--- out
DELETE FROM orders o USING (items i JOIN (SELECT) AS _sd1 ON i.deleted_at IS NULL) WHERE i.order_id = o.id RETURNING o.id, i.id

=== HardDelete of deleted rows
why: the trash is emptied
scope: hard orders
scope: only orders
--- in
DELETE FROM orders WHERE placed < '2024-02-06'
--- out
DELETE FROM orders WHERE orders.deleted_at IS NOT NULL AND (placed < '2024-02-06')

=== HardDelete of deleted rows, with a condition that is there already
why: it is not added again
scope: hard orders
scope: only orders
--- in
DELETE FROM orders WHERE orders.deleted_at IS NOT NULL
--- same

=== HardDelete in an update
twin: only DELETE and TRUNCATE change
scope: hard
--- in
UPDATE orders SET total = 1
--- twin
UPDATE orders SET total = 1 WHERE deleted_at IS NULL
--- out
UPDATE orders SET total = 1 WHERE orders.deleted_at IS NULL

=== HardDelete in a read
twin: only DELETE and TRUNCATE change
scope: hard
--- in
SELECT id FROM orders
--- twin
SELECT id FROM orders WHERE deleted_at IS NULL
--- out
SELECT id FROM orders WHERE orders.deleted_at IS NULL

=== HardDelete in MERGE with DELETE
why: its ON sees live rows only
scope: hard
--- in
MERGE INTO notes n USING cities c ON n.id = c.id WHEN MATCHED THEN DELETE
--- refused
softdelete: refused MERGE on notes at character 12: MERGE with DELETE is a soft delete of live rows only; use DELETE under HardDelete

=== A scope cannot be widened by SQL
why: a comment is a comment
--- in
/* softdelete: with deleted */ SELECT id FROM orders /*+ WithDeleted */ -- OnlyDeleted
--- out
/* softdelete: with deleted */ SELECT id FROM orders WHERE orders.deleted_at IS NULL /*+ WithDeleted */ -- OnlyDeleted
