# Statements that carry others, and statements that are looked into.

=== EXPLAIN
why: what is explained is what would run
rows: differ, plans are shown
--- in
EXPLAIN SELECT id FROM users
--- out
EXPLAIN SELECT id FROM users WHERE users.deleted_at IS NULL

=== EXPLAIN outside the policy
twin: nothing to filter
rows: differ, plans are shown
--- in
EXPLAIN (COSTS off) SELECT id FROM cities
--- same

=== EXPLAIN ANALYZE of a deletion
why: ANALYZE runs it
rows: differ, plans are shown
--- in
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) DELETE FROM users WHERE id = 1
--- out
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1)

=== EXPLAIN of CREATE TABLE AS
why: the query inside is filtered
rows: differ, plans are shown
--- in
EXPLAIN ANALYZE CREATE TABLE x AS SELECT * FROM users
--- out
EXPLAIN ANALYZE CREATE TABLE x AS SELECT * FROM users WHERE users.deleted_at IS NULL

=== EXPLAIN of DECLARE
why: the query inside is filtered
rows: differ, plans are shown
--- in
EXPLAIN DECLARE c CURSOR FOR SELECT id FROM users WHERE id = 1
--- out
EXPLAIN DECLARE c CURSOR FOR SELECT id FROM users WHERE users.deleted_at IS NULL AND (id = 1)

=== LOCK
why: it locks a table, not rows
--- in
LOCK TABLE users, ONLY orders IN ACCESS SHARE MODE NOWAIT
--- same

=== CREATE FUNCTION with a body of text
why: what it does would be beyond our sight
policy: small
--- in
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM users $$
--- refused
softdelete: refused CREATE FUNCTION at character 49: its body names a soft-deleted table and runs unseen by the rewriter; send the statements themselves, or use a connection without the driver

=== CREATE FUNCTION with a body that names no table of the policy
twin: nothing is hidden in cities
policy: small
--- in
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM cities $$; SELECT f()
--- same

=== CREATE FUNCTION with a quoted name in its body
why: "Users" and U&"…" are names as well
policy: small
--- in
CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM "Order Lines"; END'
--- refused
softdelete: refused CREATE FUNCTION at character 62: its body names a soft-deleted table and runs unseen by the rewriter; send the statements themselves, or use a connection without the driver

=== CREATE FUNCTION with a parsed body
why: its queries are ours to read, and it runs without us
policy: small
--- in
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM users; END
--- refused
softdelete: refused CREATE FUNCTION on users: a query inside this kind of statement cannot be filtered; use a connection without the driver for it, with the live predicate written out

=== CREATE FUNCTION with RETURN
why: as above
policy: small
--- in
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM users)
--- refused
softdelete: refused CREATE FUNCTION on users: a query inside this kind of statement cannot be filtered; use a connection without the driver for it, with the live predicate written out

=== CREATE FUNCTION with a parsed body outside the policy
twin: nothing is hidden in cities
policy: small
--- in
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM cities; END; SELECT f()
--- same

=== CREATE FUNCTION with a default
why: a sub-select in a default is refused by PostgreSQL, too
policy: small
--- in
CREATE FUNCTION f(n bigint DEFAULT (SELECT count(*) FROM users)) RETURNS bigint LANGUAGE sql RETURN n
--- refused
softdelete: refused CREATE FUNCTION on users: a query inside this kind of statement cannot be filtered; use a connection without the driver for it, with the live predicate written out

=== CREATE PROCEDURE
why: as a function
policy: small
--- in
CREATE PROCEDURE p() LANGUAGE plpgsql AS $body$ BEGIN TRUNCATE orders; END $body$
--- refused
softdelete: refused CREATE FUNCTION at character 39: its body names a soft-deleted table and runs unseen by the rewriter; send the statements themselves, or use a connection without the driver

=== CALL
why: what the procedure does is beyond a driver
--- in
CALL tick(5)
--- same

=== CALL with a sub-select
why: PostgreSQL refuses it, too
--- in
CALL tick((SELECT count(*)::int FROM users))
--- refused
softdelete: refused CALL on users: a query inside this kind of statement cannot be filtered; use a connection without the driver for it, with the live predicate written out

=== EXECUTE with a sub-select
why: PostgreSQL refuses it, too
--- in
EXECUTE p ((SELECT count(*) FROM users))
--- refused
softdelete: refused EXECUTE on users: a query inside this kind of statement cannot be filtered; use a connection without the driver for it, with the live predicate written out

=== DO
why: it runs at once, and unseen
policy: small
--- in
DO $$ BEGIN DELETE FROM users WHERE id = 1; END $$
--- refused
softdelete: refused DO at character 4: its body names a soft-deleted table and runs unseen by the rewriter; send the statements themselves, or use a connection without the driver

=== DO outside the policy
twin: nothing is hidden in cities
policy: small
--- in
DO $$ BEGIN DELETE FROM cities WHERE id = 1; END $$
--- same

=== DO with EXECUTE
why: what the text would be is not known
policy: small
--- in
DO LANGUAGE plpgsql $$ BEGIN EXECUTE 'DELETE FROM us' || 'ers'; END $$
--- refused
softdelete: refused DO: its body builds statements at run time, or changes settings, unseen by the rewriter; send the statements themselves, or use a connection without the driver

=== DO with a word that contains a table's name
twin: my_users2 is another name
policy: small
--- in
DO $$ DECLARE my_users2 int := 1; BEGIN my_users2 := my_users2 + 1; END $$
--- same

=== CREATE RULE on a table of the policy
why: what a statement does would change behind our back
--- in
CREATE RULE r AS ON INSERT TO users DO INSTEAD NOTHING
--- refused
softdelete: refused CREATE RULE on users at character 31: a rule changes what statements on the table do, behind the rewriter's back; use a trigger, or a connection without the driver

=== CREATE RULE outside the policy
twin: nothing is hidden in cities
--- in
CREATE RULE r AS ON DELETE TO cities DO INSTEAD INSERT INTO audit VALUES (old.id)
--- same

=== CREATE RULE with an action on a table of the policy
why: the action runs without us
--- in
CREATE RULE r AS ON DELETE TO cities DO ALSO DELETE FROM users WHERE id = old.mayor_id
--- refused
softdelete: refused CREATE RULE on users at character 31: a rule changes what statements on the table do, behind the rewriter's back; use a trigger, or a connection without the driver

=== CREATE POLICY
why: its expressions are on the row itself
--- in
CREATE POLICY p ON users USING (age > 0) WITH CHECK (age > 1)
--- same

=== CREATE POLICY with a sub-select
why: it would be evaluated without us
--- in
CREATE POLICY p ON cities USING (mayor_id IN (SELECT id FROM users))
--- refused
softdelete: refused CREATE POLICY on users: a query inside this kind of statement cannot be filtered; use a connection without the driver for it, with the live predicate written out

=== ALTER POLICY with a sub-select
why: as above
--- in
ALTER POLICY p ON cities USING (EXISTS (SELECT FROM orders))
--- refused
softdelete: refused ALTER POLICY on orders: a query inside this kind of statement cannot be filtered; use a connection without the driver for it, with the live predicate written out

=== CREATE TRIGGER
why: the trigger's function was made elsewhere
--- in
CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW WHEN (old.age IS DISTINCT FROM new.age) EXECUTE FUNCTION suppress_redundant_updates_trigger()
--- same

=== CREATE STATISTICS
why: it names the table where others name a FROM
--- in
CREATE STATISTICS st (dependencies) ON age, name FROM users
--- same

=== CREATE INDEX
why: partial indexes name the marker
--- in
CREATE UNIQUE INDEX i ON users (lower(email)) WHERE deleted_at IS NULL
--- same

=== ALTER TABLE
why: no row is read or deleted through it
--- in
ALTER TABLE users ADD CONSTRAINT named CHECK (id > 0), ALTER COLUMN name SET DEFAULT 'n'
--- same

=== DROP TABLE
why: the table goes with its deleted rows
--- in
DROP TABLE IF EXISTS notes, cities
--- same

=== CREATE TABLE with references
why: a foreign key reads no row here
--- in
CREATE TABLE x (LIKE users INCLUDING ALL, boss int REFERENCES users, CHECK (age > 0))
--- same

=== CREATE TABLE with inheritance
why: no row is read
--- in
CREATE TABLE cats (lives int) INHERITS (animals)
--- same

=== VACUUM and ANALYZE
why: no row is read or deleted through it
--- in
ANALYZE users, orders (id)
--- same

=== CLUSTER, REINDEX, COMMENT, GRANT
why: no row is read or deleted through them
--- in
CLUSTER users USING users_pkey; REINDEX TABLE users; COMMENT ON TABLE users IS 'x'; GRANT SELECT ON users TO PUBLIC; REVOKE ALL ON users FROM PUBLIC
--- same

=== SET search_path
why: unqualified names are decided on the server anyway
--- in
SET LOCAL search_path = s2; SET TIME ZONE 'UTC'; SHOW search_path
--- same

=== SET standard_conforming_strings
why: the server would read another statement than the one that was checked
--- in
SET standard_conforming_strings = off
--- refused
softdelete: refused SET: standard_conforming_strings other than on changes how the server reads the texts that follow; leave standard_conforming_strings at on

=== SET standard_conforming_strings to what it is
twin: nothing changes
--- in
SET standard_conforming_strings TO on
--- same

=== SET LOCAL standard_conforming_strings
why: as SET
--- in
SET LOCAL "Standard_Conforming_Strings" TO 'OFF'
--- refused
softdelete: refused SET: Standard_Conforming_Strings other than on changes how the server reads the texts that follow; leave Standard_Conforming_Strings at on

=== SET client_encoding
why: another encoding has other characters
--- in
SET client_encoding = 'SJIS'
--- refused
softdelete: refused SET: client_encoding other than utf8 changes how the server reads the texts that follow; leave client_encoding at utf8

=== SET NAMES
why: the same in other words
--- in
SET NAMES 'latin1'
--- refused
softdelete: refused SET: client_encoding other than utf8 changes how the server reads the texts that follow; leave client_encoding at utf8

=== SET NAMES utf8
twin: nothing changes
--- in
SET NAMES 'UTF8'
--- same

=== set_config
why: SET as a function
--- in
SELECT set_config('standard_conforming_strings', 'off', false)
--- refused
softdelete: refused SELECT at character 8: standard_conforming_strings other than on changes how the server reads the texts that follow; leave standard_conforming_strings at on

=== set_config of another setting
twin: it changes nothing in how text is read
--- in
SELECT set_config('search_path', 'public', true)
--- same

=== set_config with a computed name
why: it could be any setting
--- in
SELECT set_config('standard_' || 'conforming_strings', 'off', false)
--- refused
softdelete: refused SELECT at character 8: set_config with a name that is not a constant could change how the server reads text; write the setting's name as a constant

=== ALTER ROLE … SET
why: it would hold from the next connection on
--- in
ALTER ROLE postgres SET standard_conforming_strings = off
--- refused
softdelete: refused ALTER ROLE … SET: standard_conforming_strings other than on changes how the server reads the texts that follow; leave standard_conforming_strings at on

=== ALTER DATABASE … SET
why: as above
--- in
ALTER DATABASE shop SET client_encoding = 'SJIS'
--- refused
softdelete: refused ALTER DATABASE … SET: client_encoding other than utf8 changes how the server reads the texts that follow; leave client_encoding at utf8

=== ALTER SYSTEM SET
why: as above
--- in
ALTER SYSTEM SET standard_conforming_strings = off
--- refused
softdelete: refused ALTER SYSTEM: standard_conforming_strings other than on changes how the server reads the texts that follow; leave standard_conforming_strings at on

=== ALTER ROLE … SET of another setting
twin: it changes nothing in how text is read
run: no, the server of the tests may have no role of that name
--- in
ALTER ROLE postgres SET work_mem = '8MB'
--- same

=== Several statements
why: each is treated as what it is, and they stay one text
--- in
UPDATE orders SET total = 0 WHERE id = 100; ; SELECT total FROM orders WHERE id = 100; DELETE FROM items; VALUES (1);
--- out
UPDATE orders SET total = 0 WHERE orders.deleted_at IS NULL AND (id = 100); ; SELECT total FROM orders WHERE orders.deleted_at IS NULL AND (id = 100); UPDATE items SET deleted_at = now() WHERE items.deleted_at IS NULL; VALUES (1);

=== Several statements, one refused
why: none is sent
--- in
SELECT 1; TRUNCATE users; SELECT 2
--- refused
softdelete: refused TRUNCATE on users at character 20: TRUNCATE destroys every row, deleted ones included; use DELETE, or HardDelete if that is what you want

=== Transactions
why: they act on the session only
run: no, the case would end the transaction of the tests
--- in
BEGIN ISOLATION LEVEL SERIALIZABLE; SAVEPOINT a; DELETE FROM users; ROLLBACK TO SAVEPOINT a; COMMIT AND NO CHAIN
--- out
BEGIN ISOLATION LEVEL SERIALIZABLE; SAVEPOINT a; UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL; ROLLBACK TO SAVEPOINT a; COMMIT AND NO CHAIN

=== Savepoints
why: they act on the session only
--- in
SAVEPOINT a; DELETE FROM users; ROLLBACK TO SAVEPOINT a; SELECT count(*) FROM users; RELEASE a
--- out
SAVEPOINT a; UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL; ROLLBACK TO SAVEPOINT a; SELECT count(*) FROM users WHERE users.deleted_at IS NULL; RELEASE a

=== Nothing
why: an empty text holds no statement
--- in
;
--- same

=== A comment alone
why: it holds no statement
--- in
-- DELETE FROM users
--- same
