-- The shop on which the cases run. Every table has live and deleted rows, and
-- deleted rows are made to show: a division by their columns is a division by
-- zero, they are the largest and the smallest, and they duplicate live ones.
-- No foreign keys and no defaults that depend on the time.

CREATE TABLE users (
	id int PRIMARY KEY, name text, email text, age int, boss_id int, tags text[], data jsonb,
	deleted_at timestamptz);
CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
INSERT INTO users VALUES
	(1, 'Ann', 'ann@example.org', 41, NULL, '{red,blue}', '{"vip": true, "level": 3}', NULL),
	(2, 'Bob', 'bob@example.org', 35, 1, '{red}', '{"vip": false}', NULL),
	(3, 'Cid', 'cid@example.org', 0, 1, '{green}', '{"vip": true}', '2024-01-03 10:00+00'),
	(4, 'Dee', 'dee@example.org', 29, 3, NULL, NULL, NULL),
	(5, 'Eve', 'eve@example.org', 0, 2, '{}', '{}', '2024-01-05 10:00+00'),
	(6, 'Fay', 'fay@example.org', 52, 2, '{blue}', '{"level": 1}', NULL),
	(7, 'Gus', NULL, NULL, NULL, NULL, NULL, NULL),
	(8, 'Ann', 'ann2@example.org', 41, 4, '{red,blue}', '{"vip": true}', NULL),
	(9, 'Ann', 'ann@example.org', 0, 1, '{red,blue}', '{"vip": true, "level": 3}', '2024-01-09 10:00+00'),
	(10, 'Hal', 'hal@example.org', 0, 4, '{red}', '{"level": 9}', '2024-01-10 10:00+00'),
	(11, NULL, NULL, 18, 10, NULL, NULL, NULL),
	(12, NULL, NULL, 0, NULL, NULL, NULL, '2024-01-12 10:00+00');

CREATE TABLE orders (
	id int PRIMARY KEY, user_id int, status text, total numeric, placed date,
	deleted_at timestamptz);
INSERT INTO orders VALUES
	(100, 1, 'paid', 10.50, '2024-02-01', NULL),
	(101, 1, 'paid', 0, '2024-02-02', '2024-03-01 10:00+00'),
	(102, 1, 'open', 20, '2024-02-03', NULL),
	(103, 2, 'paid', 10.50, '2024-02-01', NULL),
	(104, 3, 'open', 7, '2024-02-04', NULL),
	(105, 3, 'paid', 0, '2024-02-05', '2024-03-02 10:00+00'),
	(106, 4, 'open', 99, '2024-02-06', NULL),
	(107, 6, 'paid', 0, '2024-02-07', '2024-03-03 10:00+00'),
	(108, 6, 'open', 0, '2024-02-08', '2024-03-04 10:00+00'),
	(109, 10, 'paid', 5, '2024-02-09', NULL),
	(110, NULL, 'open', 3, '2024-02-10', NULL),
	(111, NULL, NULL, 0, NULL, '2024-03-05 10:00+00'),
	(112, 8, 'paid', 10.50, '2024-02-01', NULL),
	(113, 99, 'lost', 1, '2024-02-11', NULL);

CREATE TABLE items (
	id int PRIMARY KEY, order_id int, sku text, qty int, price numeric,
	deleted_at timestamptz);
INSERT INTO items VALUES
	(1000, 100, 'pen', 2, 1.25, NULL),
	(1001, 100, 'ink', 1, 8, NULL),
	(1002, 100, 'pad', 0, 0, '2024-03-01 11:00+00'),
	(1003, 101, 'pen', 4, 1.25, NULL),
	(1004, 102, 'desk', 1, 20, NULL),
	(1005, 103, 'pen', 2, 1.25, NULL),
	(1006, 103, 'ink', 0, 0, '2024-03-02 11:00+00'),
	(1007, 104, 'pad', 1, 7, NULL),
	(1008, 106, 'desk', 0, 0, '2024-03-03 11:00+00'),
	(1009, 107, 'ink', 1, 8, NULL),
	(1010, 109, 'pen', 4, 1.25, NULL),
	(1011, NULL, 'lamp', NULL, NULL, NULL),
	(1012, 112, 'ink', 1, 8, NULL);

CREATE TABLE notes (
	id int PRIMARY KEY, user_id int, body text, pinned boolean,
	deleted_at timestamptz);
INSERT INTO notes VALUES
	(1, 1, 'call back', true, NULL),
	(2, 1, 'call back', false, '2024-03-01 12:00+00'),
	(3, 2, NULL, NULL, NULL),
	(4, 3, 'owes money', true, NULL),
	(5, 6, 'nice', NULL, '2024-03-02 12:00+00'),
	(6, NULL, 'nobody''s', false, NULL),
	(7, 4, 'naïve — größte Kundin', true, NULL),
	(8, 10, 'late', true, '2024-03-03 12:00+00');

CREATE TABLE accounts (
	id int PRIMARY KEY, login text UNIQUE, n int,
	deleted_at timestamptz);
INSERT INTO accounts VALUES (1, 'ann', 1, NULL), (2, 'bob', 2, NULL), (3, 'cid', 3, '2024-01-03 10:00+00');

CREATE TABLE handles (
	id int PRIMARY KEY, handle text, n int,
	deleted_at timestamptz);
CREATE UNIQUE INDEX handles_handle ON handles (handle) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX handles_lower ON handles (lower(handle)) WHERE deleted_at IS NULL AND n > 0;
INSERT INTO handles VALUES (1, 'ann', 1, NULL), (2, 'bob', 2, NULL), (3, 'cid', 3, '2024-01-03 10:00+00'), (4, 'ann', 4, '2024-01-04 10:00+00');

CREATE TABLE members (
	user_id int, group_id int, role text,
	deleted_at timestamptz, PRIMARY KEY (user_id, group_id));
INSERT INTO members VALUES (1, 1, 'owner', NULL), (1, 2, 'guest', '2024-01-03 10:00+00'), (2, 1, 'guest', NULL), (3, 1, 'guest', NULL), (4, 2, NULL, '2024-01-03 10:00+00');

CREATE TABLE features (
	id int PRIMARY KEY, name text, enabled boolean,
	is_deleted boolean NOT NULL DEFAULT false);
INSERT INTO features VALUES (1, 'search', true, false), (2, 'chat', true, true), (3, 'maps', NULL, false), (4, 'beta', false, true);

CREATE TABLE visits (
	id int PRIMARY KEY, user_id int, page text,
	deleted_unix bigint NOT NULL DEFAULT 0);
INSERT INTO visits VALUES (1, 1, '/', 0), (2, 1, '/cart', 1700000000), (3, 2, '/', 0), (4, NULL, '/', 1700000001), (5, 1, '(no pattern', 1700000002);

CREATE TABLE clicks (
	id int PRIMARY KEY, visit_id int, x int,
	deleted_ms bigint NOT NULL DEFAULT 0);
INSERT INTO clicks VALUES (1, 1, 10, 0), (2, 1, 0, 1700000000000), (3, 3, 30, 0), (4, 2, 40, 0);

CREATE TABLE ticks (
	id int PRIMARY KEY, n int,
	deleted_ns bigint NOT NULL DEFAULT 0);
INSERT INTO ticks VALUES (1, 1, 0), (2, 2, 1700000000000000000), (3, 2, 0);

CREATE TABLE metrics (
	id int, day date, value int,
	deleted_at timestamptz, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE metrics_2023 PARTITION OF metrics FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE metrics_2024 PARTITION OF metrics FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO metrics VALUES
	(1, '2023-05-01', 5, NULL), (2, '2023-06-01', 0, '2024-01-01 10:00+00'),
	(3, '2024-05-01', 7, NULL), (4, '2024-06-01', 0, '2024-07-01 10:00+00'), (5, '2024-07-01', 7, NULL);

CREATE TABLE animals (id int PRIMARY KEY, name text, deleted_at timestamptz);
CREATE TABLE dogs (breed text, PRIMARY KEY (id)) INHERITS (animals);
INSERT INTO animals VALUES (1, 'Tom', NULL), (2, 'Sly', '2024-01-01 10:00+00');
INSERT INTO dogs VALUES (3, 'Rex', NULL, 'boxer'), (4, 'Ace', '2024-01-01 10:00+00', 'boxer');

CREATE TABLE "Order Lines" ("Line No" int PRIMARY KEY, "Order" int, "Removed At" timestamptz);
INSERT INTO "Order Lines" VALUES (1, 100, NULL), (2, 100, '2024-01-01 10:00+00'), (3, 102, NULL);

CREATE TABLE "select" (id int PRIMARY KEY, "from" int, "where" text, deleted_at timestamptz);
INSERT INTO "select" VALUES (1, 1, 'here', NULL), (2, 2, 'there', '2024-01-01 10:00+00'), (3, 3, NULL, NULL);

CREATE TABLE "Users" (id int PRIMARY KEY, name text, deleted_at timestamptz);
INSERT INTO "Users" VALUES (1, 'Upper', NULL), (2, 'Gone', '2024-01-01 10:00+00');

CREATE TABLE größe (id int PRIMARY KEY, maß int, deleted_at timestamptz);
INSERT INTO größe VALUES (1, 10, NULL), (2, 20, '2024-01-01 10:00+00');

CREATE SCHEMA "Back.Office";
CREATE TABLE "Back.Office"."we""ird" (id int PRIMARY KEY, "a""b" int, "gone ""at""" timestamptz);
INSERT INTO "Back.Office"."we""ird" VALUES (1, 10, NULL), (2, 20, '2024-01-01 10:00+00');

CREATE SCHEMA s2;
CREATE TABLE s2.users (id int PRIMARY KEY, name text, boss_id int, deleted_at timestamptz);
INSERT INTO s2.users VALUES (1, 'Second Ann', 2, NULL), (2, 'Second Bob', NULL, '2024-01-01 10:00+00'), (50, 'Only Here', 1, NULL);

CREATE SCHEMA t1;
CREATE TABLE t1.docs (id int PRIMARY KEY, title text, owner_id int, deleted_at timestamptz);
INSERT INTO t1.docs VALUES (1, 'Plan', 1, NULL), (2, 'Draft', 1, '2024-01-01 10:00+00'), (3, 'Budget', 2, NULL);
CREATE SCHEMA t2;
CREATE TABLE t2.docs (id int PRIMARY KEY, title text, owner_id int, deleted_at timestamptz);
INSERT INTO t2.docs VALUES (1, 'Letter', 4, NULL), (2, 'Spam', 4, '2024-01-01 10:00+00');

-- Outside the policy.
CREATE TABLE cities (id int PRIMARY KEY, name text, population int, mayor_id int);
INSERT INTO cities VALUES (1, 'Ulm', 128, 1), (2, 'Köln', 1087, 3), (3, 'Bonn', 335, NULL);
CREATE TABLE audit (id int, what text);
INSERT INTO audit VALUES (1, 'first');
CREATE TYPE point3 AS (x int, y int, z int);
CREATE TABLE boxes (id int PRIMARY KEY, corner point3, sizes int[], deleted boolean);
INSERT INTO boxes VALUES (1, '(1,2,3)', '{1,2,3}', false);
CREATE FUNCTION add_up(VARIADIC n int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT sum(x)::int FROM unnest(n) x';
CREATE FUNCTION pair(a int, b int DEFAULT 7) RETURNS TABLE (p int, q int) LANGUAGE sql IMMUTABLE AS 'SELECT a, b';
CREATE FUNCTION apart(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT abs(a - b)';
CREATE OPERATOR <-|-> (LEFTARG = int, RIGHTARG = int, FUNCTION = apart);
CREATE PROCEDURE tick(n int) LANGUAGE sql AS 'INSERT INTO audit VALUES (n, ''tick'')';
