# Temporary tables that shadow tables of the policy, and prepared statements.

=== A temporary table shadows
why: it has no marker; pg_temp makes sure that it is really meant
--- before
CREATE TEMP TABLE users (id int)
--- in
SELECT id FROM users
--- out
SELECT id FROM pg_temp.users

=== A temporary table of another name
twin: users is the table of the policy
--- before
CREATE TEMP TABLE others (id int)
--- in
SELECT id FROM users
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL

=== Made in the same text
why: the statements behind it see it
--- in
CREATE TEMP TABLE users AS SELECT 7 AS id; SELECT * FROM users; DELETE FROM users WHERE id = 7; SELECT count(*) FROM users
--- out
CREATE TEMP TABLE users AS SELECT 7 AS id; SELECT * FROM pg_temp.users; DELETE FROM pg_temp.users WHERE id = 7; SELECT count(*) FROM pg_temp.users

=== Made from the table that it shadows
why: the query reads the table of the policy, what follows the temporary one
--- in
CREATE TEMPORARY TABLE users AS SELECT id FROM users WHERE age > 30; SELECT count(*) FROM users
--- out
CREATE TEMPORARY TABLE users AS SELECT id FROM users WHERE users.deleted_at IS NULL AND (age > 30); SELECT count(*) FROM pg_temp.users

=== Made by SELECT INTO
why: as above
--- in
SELECT id INTO TEMP orders FROM orders; UPDATE orders SET id = id + 1; SELECT max(id) FROM orders
--- out
SELECT id INTO TEMP orders FROM orders WHERE orders.deleted_at IS NULL; UPDATE pg_temp.orders SET id = id + 1; SELECT max(id) FROM pg_temp.orders

=== Made with LIKE
why: it has the marker's column, and is not filtered all the same
--- in
CREATE LOCAL TEMP TABLE notes (LIKE notes); INSERT INTO notes SELECT * FROM public.notes; DELETE FROM notes WHERE id = 1; SELECT count(*) FROM notes
--- out
CREATE LOCAL TEMP TABLE notes (LIKE notes); INSERT INTO pg_temp.notes SELECT * FROM public.notes WHERE notes.deleted_at IS NULL; DELETE FROM pg_temp.notes WHERE id = 1; SELECT count(*) FROM pg_temp.notes

=== Made in pg_temp by name
why: that is a temporary table as well
--- in
CREATE TABLE pg_temp.items (id int); INSERT INTO items VALUES (1); SELECT * FROM items
--- out
CREATE TABLE pg_temp.items (id int); INSERT INTO pg_temp.items VALUES (1); SELECT * FROM pg_temp.items

=== A temporary view
why: it shadows as well
--- in
CREATE TEMP VIEW users AS SELECT id FROM public.users; SELECT count(*) FROM users
--- out
CREATE TEMP VIEW users AS SELECT id FROM (public.users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL); SELECT count(*) FROM pg_temp.users

=== Dropped
why: the name is the table of the policy again
--- before
CREATE TEMP TABLE users (id int)
--- before
DROP TABLE users
--- in
SELECT id FROM users
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL

=== Dropped in the same text
why: as above
--- in
CREATE TEMP TABLE users (id int); DROP TABLE users; SELECT id FROM users
--- out
CREATE TEMP TABLE users (id int); DROP TABLE users; SELECT id FROM users WHERE users.deleted_at IS NULL

=== Another one dropped
twin: it is still there
--- before
CREATE TEMP TABLE users (id int); CREATE TEMP TABLE extra (id int)
--- before
DROP TABLE IF EXISTS extra
--- in
SELECT id FROM users
--- out
SELECT id FROM pg_temp.users

=== The policy's one dropped by schema
twin: the temporary one is still there
run: no, the twin would keep its tables
--- before
CREATE TEMP TABLE orders (id int)
--- before
DROP TABLE public.orders
--- in
SELECT id FROM orders
--- out
SELECT id FROM pg_temp.orders

=== DISCARD
why: temporary tables are gone
run: no, DISCARD ALL cannot run within a transaction
--- before
CREATE TEMP TABLE users (id int)
--- before
DISCARD ALL
--- in
SELECT id FROM users
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL

=== DISCARD TEMP
why: temporary tables are gone
--- before
CREATE TEMP TABLE users (id int)
--- before
DISCARD TEMP
--- in
SELECT id FROM users
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL

=== DISCARD PLANS
twin: it takes no table
--- before
CREATE TEMP TABLE users (id int)
--- before
DISCARD PLANS
--- in
SELECT id FROM users
--- out
SELECT id FROM pg_temp.users

=== Every kind of statement
why: each reference is qualified
--- before
CREATE TEMP TABLE accounts (id int PRIMARY KEY, login text)
--- in
INSERT INTO accounts VALUES (1, 'a'), (1, 'b') ON CONFLICT DO NOTHING; UPDATE accounts SET login = 'c' FROM orders o WHERE o.id = 100; MERGE INTO accounts a USING (VALUES (1)) v (i) ON a.id = v.i WHEN MATCHED THEN DELETE; SELECT a.id, u.id FROM users u LEFT JOIN accounts a ON a.id = u.id; TRUNCATE accounts
--- out
INSERT INTO pg_temp.accounts VALUES (1, 'a'), (1, 'b') ON CONFLICT DO NOTHING; UPDATE pg_temp.accounts SET login = 'c' FROM (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) WHERE o.id = 100; MERGE INTO pg_temp.accounts a USING (VALUES (1)) v (i) ON a.id = v.i WHEN MATCHED THEN DELETE; SELECT a.id, u.id FROM users u LEFT JOIN pg_temp.accounts a ON a.id = u.id WHERE u.deleted_at IS NULL; TRUNCATE pg_temp.accounts

=== In COPY
why: the table is exported as it is
--- before
CREATE TEMP TABLE accounts (id int); INSERT INTO accounts VALUES (5)
--- in
COPY accounts TO STDOUT
--- out
COPY pg_temp.accounts TO STDOUT

=== With alias, ONLY and sub-selects
why: the name alone is qualified
--- before
CREATE TEMP TABLE users (id int); INSERT INTO users VALUES (1)
--- in
SELECT u.id, (SELECT count(*) FROM ONLY users) FROM users AS u (id) WHERE u.id IN (TABLE users)
--- out
SELECT u.id, (SELECT count(*) FROM ONLY pg_temp.users) FROM pg_temp.users AS u (id) WHERE u.id IN (TABLE pg_temp.users)

=== Behind a WITH query of that name
twin: the name is the query's
--- before
CREATE TEMP TABLE users (id int)
--- in
WITH users AS (SELECT 1 AS one) SELECT one FROM users
--- same

=== PREPARE and EXECUTE
why: the text is fixed when it is prepared
--- in
PREPARE p (int) AS SELECT id, name FROM users WHERE id < $1; EXECUTE p (5); DEALLOCATE p
--- out
PREPARE p (int) AS SELECT id, name FROM users WHERE users.deleted_at IS NULL AND (id < $1); EXECUTE p (5); DEALLOCATE p

=== PREPARE outside the policy
twin: nothing to filter
--- in
PREPARE p AS SELECT id FROM cities; EXECUTE p
--- same

=== PREPARE of a deletion
why: it becomes an update
--- before
PREPARE d (int, text) AS DELETE FROM users WHERE id = $1 OR name = $2 RETURNING id
--- in
EXECUTE d (1, 'Bob')
--- same

=== EXECUTE under another scope
why: the text was fixed under the other one
scope: with
--- before
PREPARE p AS SELECT id FROM users
--- in
EXECUTE p
--- refused
softdelete: refused EXECUTE: "p" was prepared under another scope; prepare it under the scope that executes it, or let database/sql prepare it

=== EXECUTE under the same scope
twin: the text is the right one
scope: with
--- before with
PREPARE p AS SELECT id FROM users
--- in
EXECUTE p
--- same

=== EXECUTE in EXPLAIN under another scope
why: ANALYZE would run it
scope: with
--- before
PREPARE p AS DELETE FROM users
--- in
EXPLAIN ANALYZE EXECUTE p
--- refused
softdelete: refused EXECUTE: "p" was prepared under another scope; prepare it under the scope that executes it, or let database/sql prepare it

=== EXECUTE in CREATE TABLE AS under another scope
why: as above
scope: only
--- before
PREPARE p AS SELECT id FROM users
--- in
CREATE TEMP TABLE x AS EXECUTE p
--- refused
softdelete: refused EXECUTE: "p" was prepared under another scope; prepare it under the scope that executes it, or let database/sql prepare it

=== EXECUTE after DEALLOCATE
twin: prepared again, under the scope at hand
scope: with
--- before
PREPARE p AS SELECT id FROM users
--- before
DEALLOCATE p
--- before with
PREPARE p AS SELECT id FROM users
--- in
EXECUTE p
--- same

=== EXECUTE after DEALLOCATE ALL
twin: as above
scope: with
--- before
PREPARE p AS SELECT id FROM users
--- before
DEALLOCATE ALL
--- before with
PREPARE "p" AS SELECT id FROM users
--- in
EXECUTE P
--- same

=== EXECUTE of what was prepared elsewhere
twin: nothing is known of it; the server says that it does not exist
error: 26000
--- in
EXECUTE nothing
--- refused
softdelete: refused EXECUTE: "nothing" was not seen to be prepared on this connection; prepare it with PREPARE on the same sql.Conn or sql.Tx, or let database/sql prepare it

=== DROP of another kind of object with the name of a temporary table
why: only DROP TABLE and DROP VIEW take the temporary table
--- in
CREATE TEMP TABLE users (id int); DROP STATISTICS IF EXISTS users; SELECT * FROM users
--- out
CREATE TEMP TABLE users (id int); DROP STATISTICS IF EXISTS users; SELECT * FROM pg_temp.users

=== EXECUTE of what the same text prepares
why: the text was prepared under this scope
--- in
PREPARE here AS SELECT count(*) FROM users; EXECUTE here
--- out
PREPARE here AS SELECT count(*) FROM users WHERE users.deleted_at IS NULL; EXECUTE here

=== FETCH from a cursor that the same text declares
why: as for EXECUTE
--- in
DECLARE here CURSOR FOR SELECT id FROM users ORDER BY id; FETCH 2 FROM here
--- out
DECLARE here CURSOR FOR SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY id; FETCH 2 FROM here

=== EXPLAIN of CREATE TEMP TABLE AS
why: EXPLAIN makes no table, so the name still means the policy's
--- in
EXPLAIN (COSTS off) CREATE TEMP TABLE users AS SELECT 1 AS id; SELECT count(*) FROM users
--- out
EXPLAIN (COSTS off) CREATE TEMP TABLE users AS SELECT 1 AS id; SELECT count(*) FROM users WHERE users.deleted_at IS NULL

=== EXPLAIN ANALYZE of CREATE TEMP TABLE AS
twin: ANALYZE does make it
run: no, the plan shows times
--- in
EXPLAIN ANALYZE CREATE TEMP TABLE users AS SELECT 1 AS id; SELECT count(*) FROM users
--- out
EXPLAIN ANALYZE CREATE TEMP TABLE users AS SELECT 1 AS id; SELECT count(*) FROM pg_temp.users
