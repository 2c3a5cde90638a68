-- The shop on which the cases run. Every table has live and deleted rows, and
-- deleted rows are made to show: a division by their columns is a division by
-- zero, they are the largest and the smallest, and they duplicate live ones.
-- No foreign keys here, and nowhere defaults that depend on the time.

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

-- The family: tables joined by foreign keys, whose actions the policies family,
-- family_plain and family_actor repeat. On the twin the constraints fire. Deleted
-- rows are consistent, as real deletes would have left them: no live row refers to
-- a deleted one.
CREATE SCHEMA fam;

-- Three levels of CASCADE; below them NO ACTION, RESTRICT and a table outside the policy.
CREATE TABLE fam.users (
	id int PRIMARY KEY, email text, name varchar(20),
	deleted_at timestamptz, deletion_id uuid, deleted_by text, reason text);
CREATE UNIQUE INDEX users_email ON fam.users (email) WHERE deleted_at IS NULL;
CREATE TABLE fam.orders (
	id int PRIMARY KEY, user_id int REFERENCES fam.users ON DELETE CASCADE, total int,
	deleted_at timestamptz, deletion_id uuid, deleted_by text);
CREATE TABLE fam.items (
	id int PRIMARY KEY, order_id int REFERENCES fam.orders ON DELETE CASCADE, sku text,
	deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.invoices (
	id int PRIMARY KEY, order_id int REFERENCES fam.orders,
	deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.holds (
	id int PRIMARY KEY, item_id int REFERENCES fam.items ON DELETE RESTRICT,
	deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.bills (id int PRIMARY KEY, order_id int REFERENCES fam.orders);
INSERT INTO fam.users (id, email, name) VALUES
	(1, 'ann@example.org', 'Ann'), (2, 'bob@example.org', 'Bob'), (3, 'cid@example.org', 'Cid'),
	(4, 'dee@example.org', 'Dee'), (5, 'eve@example.org', 'Eve'), (6, 'fay@example.org', 'Fay'), (7, NULL, NULL);
UPDATE fam.users SET deleted_at = '2024-01-04 10:00+00', deletion_id = '00000000-0000-0000-0000-000000000004', deleted_by = 'root', reason = 'spam' WHERE id = 4;
INSERT INTO fam.orders VALUES (10, 1, 5), (11, 1, 7), (20, 2, 9), (30, 3, 1), (50, NULL, 4), (60, 6, 8), (70, 7, 3);
INSERT INTO fam.orders VALUES (12, 1, 0, '2024-01-12 10:00+00', '00000000-0000-0000-0000-000000000012'), (40, 4, 2, '2024-01-04 10:00+00', '00000000-0000-0000-0000-000000000004');
INSERT INTO fam.items VALUES (100, 10, 'pen'), (101, 10, 'ink'), (110, 11, 'pen'), (200, 20, 'pad'), (300, 30, NULL), (700, 70, 'ink');
INSERT INTO fam.items VALUES (102, 10, 'pad', '2024-01-13 10:00+00', '00000000-0000-0000-0000-000000000102'), (120, 12, 'ink', '2024-01-12 10:00+00', '00000000-0000-0000-0000-000000000012'), (400, 40, 'pen', '2024-01-04 10:00+00', '00000000-0000-0000-0000-000000000004');
INSERT INTO fam.invoices VALUES (1, 30), (3, NULL);
INSERT INTO fam.invoices VALUES (2, 10, '2024-01-14 10:00+00', '00000000-0000-0000-0000-000000000202');
INSERT INTO fam.holds VALUES (1, 200);
INSERT INTO fam.holds VALUES (2, 100, '2024-01-15 10:00+00', '00000000-0000-0000-0000-000000000302');
INSERT INTO fam.bills VALUES (1, 60), (2, NULL);

-- SET NULL, by two keys of one table, and in a table outside the policy.
CREATE TABLE fam.authors (id int PRIMARY KEY, name text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.notes (
	id int PRIMARY KEY, author_id int REFERENCES fam.authors ON DELETE SET NULL,
	editor_id int REFERENCES fam.authors ON DELETE SET NULL, body text,
	deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.writers (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.papers (nr int PRIMARY KEY, writer_id int REFERENCES fam.writers ON DELETE SET NULL);
INSERT INTO fam.authors VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid');
INSERT INTO fam.authors VALUES (4, 'Dee', '2024-01-04 10:00+00', '00000000-0000-0000-0001-000000000004');
INSERT INTO fam.notes VALUES (1, 1, 2, 'a'), (2, 1, 1, 'b'), (3, 2, NULL, 'c'), (4, 3, 1, 'd'), (5, NULL, NULL, 'e');
INSERT INTO fam.notes VALUES (6, 1, 2, 'f', '2024-01-05 10:00+00', '00000000-0000-0000-0001-000000000106');
INSERT INTO fam.writers VALUES (1), (2);
INSERT INTO fam.papers VALUES (1, 1), (2, 2), (3, NULL);

-- SET DEFAULT, whose row is live, deleted and missing; and one of each kind in one table.
CREATE TABLE fam.desks (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.articles (
	id int PRIMARY KEY, desk_id int DEFAULT 1 REFERENCES fam.desks ON DELETE SET DEFAULT,
	deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.drafts (
	id int PRIMARY KEY, desk_id int DEFAULT 4 REFERENCES fam.desks ON DELETE SET DEFAULT,
	deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.stubs (
	id int PRIMARY KEY, desk_id int DEFAULT 99 REFERENCES fam.desks ON DELETE SET DEFAULT,
	deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.judges (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.reviews (
	id int PRIMARY KEY, judge_id int REFERENCES fam.judges ON DELETE SET NULL,
	second_id int DEFAULT 1 REFERENCES fam.judges ON DELETE SET DEFAULT,
	guest_id int REFERENCES fam.judges ON DELETE SET DEFAULT,
	deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.desks VALUES (1), (2), (3), (5), (6);
INSERT INTO fam.desks VALUES (4, '2024-01-04 10:00+00', '00000000-0000-0000-0001-000000000204');
INSERT INTO fam.articles VALUES (1, 2), (2, 6), (4, 1), (5, NULL);
INSERT INTO fam.articles VALUES (3, 2, '2024-01-05 10:00+00', '00000000-0000-0000-0001-000000000303');
INSERT INTO fam.drafts VALUES (1, 3), (2, NULL);
INSERT INTO fam.stubs VALUES (1, 5), (2, NULL);
INSERT INTO fam.judges VALUES (1), (2), (3), (4);
INSERT INTO fam.reviews VALUES (1, 2, 3, 4), (2, 3, 2, NULL), (3, 2, 2, 2), (4, 4, 1, NULL), (6, 1, 4, 2);
INSERT INTO fam.reviews VALUES (5, 2, 2, 2, '2024-01-05 10:00+00', '00000000-0000-0000-0001-000000000405');

-- Keys of two columns, in tables without a deletion id; SET of some of the columns.
CREATE TABLE fam.rooms (house int, nr int, name text, deleted_at timestamptz, PRIMARY KEY (house, nr));
CREATE TABLE fam.beds (id int PRIMARY KEY, house int, nr int, deleted_at timestamptz,
	FOREIGN KEY (house, nr) REFERENCES fam.rooms ON DELETE CASCADE);
CREATE TABLE fam.sleepers (id int PRIMARY KEY, bed_id int REFERENCES fam.beds ON DELETE CASCADE, deleted_at timestamptz);
CREATE TABLE fam.lamps (id int PRIMARY KEY, house int NOT NULL, nr int, deleted_at timestamptz,
	FOREIGN KEY (house, nr) REFERENCES fam.rooms ON DELETE SET NULL (nr));
CREATE TABLE fam.chairs (id int PRIMARY KEY, house int, nr int DEFAULT 1, deleted_at timestamptz,
	FOREIGN KEY (house, nr) REFERENCES fam.rooms ON DELETE SET DEFAULT (nr));
CREATE TABLE fam.curtains (id int PRIMARY KEY, house int, nr int, deleted_at timestamptz,
	FOREIGN KEY (house, nr) REFERENCES fam.rooms ON DELETE SET NULL);
CREATE TABLE fam.safes (id int PRIMARY KEY, house int, nr int, deleted_at timestamptz,
	FOREIGN KEY (house, nr) REFERENCES fam.rooms);
INSERT INTO fam.rooms VALUES (1, 1, 'hall'), (1, 2, 'blue'), (2, 1, 'den'), (2, 2, 'attic'), (2, 3, 'cellar');
INSERT INTO fam.rooms VALUES (1, 3, 'red', '2024-01-03 10:00+00');
INSERT INTO fam.safes VALUES (1, 2, 3), (2, 2, NULL);
INSERT INTO fam.beds VALUES (1, 1, 2), (4, 2, 2), (5, 1, NULL);
INSERT INTO fam.beds VALUES (2, 1, 2, '2024-01-02 10:00+00'), (3, 1, 3, '2024-01-03 10:00+00');
INSERT INTO fam.sleepers VALUES (1, 1), (4, 4), (5, NULL);
INSERT INTO fam.sleepers VALUES (2, 1, '2024-01-02 10:00+00'), (3, 3, '2024-01-03 10:00+00');
INSERT INTO fam.lamps VALUES (1, 1, 2), (3, 2, 2), (4, 1, NULL);
INSERT INTO fam.lamps VALUES (2, 1, 2, '2024-01-02 10:00+00');
INSERT INTO fam.chairs VALUES (1, 1, 2), (2, 2, 1);
INSERT INTO fam.chairs VALUES (3, 2, 2, '2024-01-02 10:00+00');
INSERT INTO fam.curtains VALUES (1, 1, 2), (2, 2, 2), (3, NULL, 7);

-- A reference to a key that is not the primary one.
CREATE TABLE fam.countries (id int PRIMARY KEY, code text UNIQUE, name text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.towns (id int PRIMARY KEY, code text REFERENCES fam.countries (code) ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.mayors (id int PRIMARY KEY, town_id int REFERENCES fam.towns ON DELETE SET NULL, code text REFERENCES fam.countries (code), deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.countries VALUES (1, 'de', 'Deutschland'), (2, 'fr', 'France'), (4, 'it', 'Italia'), (5, 'es', 'España');
INSERT INTO fam.countries VALUES (3, 'dd', 'DDR', '1990-10-03 00:00+00', '00000000-0000-0000-0002-000000000003');
INSERT INTO fam.towns VALUES (1, 'de'), (2, 'de'), (4, 'fr'), (5, NULL), (6, 'es'), (7, 'es');
INSERT INTO fam.towns VALUES (3, 'dd', '1990-10-03 00:00+00', '00000000-0000-0000-0002-000000000003');
INSERT INTO fam.mayors VALUES (1, 1, NULL), (2, 4, 'it'), (4, NULL, NULL);
INSERT INTO fam.mayors VALUES (3, 3, 'dd', '1990-10-03 00:00+00', '00000000-0000-0000-0002-000000000003');

-- References to the table itself.
CREATE TABLE fam.staff (id int PRIMARY KEY, boss_id int REFERENCES fam.staff ON DELETE CASCADE, name text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.parts (id int PRIMARY KEY, of_id int REFERENCES fam.parts, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.threads (id int PRIMARY KEY, reply_to int REFERENCES fam.threads ON DELETE SET NULL, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.staff VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 2, 'd'), (5, NULL, 'e'), (6, 5, 'f'), (8, 8, 'h');
INSERT INTO fam.staff VALUES (7, 5, 'g', '2024-01-07 10:00+00', '00000000-0000-0000-0003-000000000007'), (9, 7, 'i', '2024-01-06 10:00+00', '00000000-0000-0000-0003-000000000009');
INSERT INTO fam.parts VALUES (1, NULL), (2, 1), (3, 2), (4, 4), (5, NULL);
INSERT INTO fam.parts VALUES (6, 5, '2024-01-06 10:00+00', '00000000-0000-0000-0003-000000000106');
INSERT INTO fam.threads VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO fam.threads VALUES (4, 1, '2024-01-06 10:00+00', '00000000-0000-0000-0003-000000000204');

-- A cycle of two cascades, and one that a SET NULL closes.
CREATE TABLE fam.teams (id int PRIMARY KEY, captain_id int, name text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.players (id int PRIMARY KEY, team_id int REFERENCES fam.teams ON DELETE CASCADE, shirt text, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.teams VALUES (1, 12, 'reds'), (2, 11, 'blues'), (3, NULL, 'greens');
INSERT INTO fam.teams VALUES (4, 14, 'greys', '2024-01-04 10:00+00', '00000000-0000-0000-0004-000000000004');
INSERT INTO fam.players VALUES (11, 1), (12, 2), (13, 3), (15, NULL);
INSERT INTO fam.players VALUES (14, 4, NULL, '2024-01-04 10:00+00', '00000000-0000-0000-0004-000000000004');
ALTER TABLE fam.teams ADD FOREIGN KEY (captain_id) REFERENCES fam.players ON DELETE CASCADE;
CREATE TABLE fam.shirts (id int PRIMARY KEY, player_id int REFERENCES fam.players ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.shirts VALUES (1, 11), (2, 13), (3, 15);
CREATE TABLE fam.sponsors (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.sponsors VALUES (1), (2), (3);
ALTER TABLE fam.teams ADD COLUMN sponsor_id int REFERENCES fam.sponsors ON DELETE CASCADE;
UPDATE fam.teams SET sponsor_id = id WHERE id IN (1, 3);
CREATE TABLE fam.depts (id int PRIMARY KEY, head_id int, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.workers (id int PRIMARY KEY, dept_id int REFERENCES fam.depts ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.depts VALUES (1, 11), (2, 12), (3, NULL);
INSERT INTO fam.workers VALUES (11, 1), (12, 1), (13, 2);
INSERT INTO fam.workers VALUES (14, 3, '2024-01-04 10:00+00', '00000000-0000-0000-0004-000000000104');
ALTER TABLE fam.depts ADD FOREIGN KEY (head_id) REFERENCES fam.workers ON DELETE SET NULL;

-- Diamonds: reached by two cascades; by one cascade and a key that would forbid, or change.
CREATE TABLE fam.tops (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.lefts (id int PRIMARY KEY, top_id int REFERENCES fam.tops ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.rights (id int PRIMARY KEY, top_id int REFERENCES fam.tops ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.bottoms (id int PRIMARY KEY, left_id int REFERENCES fam.lefts ON DELETE CASCADE, right_id int REFERENCES fam.rights ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.dregs (id int PRIMARY KEY, bottom_id int REFERENCES fam.bottoms ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.corners (id int PRIMARY KEY, left_id int REFERENCES fam.lefts ON DELETE CASCADE, right_id int REFERENCES fam.rights, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.floors (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.walls (id int PRIMARY KEY, floor_id int REFERENCES fam.floors ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.edges (id int PRIMARY KEY, wall_id int REFERENCES fam.walls ON DELETE CASCADE, floor_id int REFERENCES fam.floors ON DELETE SET NULL, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.tops VALUES (1), (2), (4);
INSERT INTO fam.tops VALUES (3, '2024-01-03 10:00+00', '00000000-0000-0000-0005-000000000003');
INSERT INTO fam.lefts VALUES (1, 1), (2, 2), (4, 4);
INSERT INTO fam.lefts VALUES (3, 3, '2024-01-03 10:00+00', '00000000-0000-0000-0005-000000000003');
INSERT INTO fam.rights VALUES (1, 1), (2, 2), (4, 4);
INSERT INTO fam.rights VALUES (3, 3, '2024-01-03 10:00+00', '00000000-0000-0000-0005-000000000003');
INSERT INTO fam.bottoms VALUES (1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 2, 2), (5, NULL, 2);
INSERT INTO fam.bottoms VALUES (6, 1, 1, '2024-01-06 10:00+00', '00000000-0000-0000-0005-000000000106');
INSERT INTO fam.dregs VALUES (1, 1), (2, 3), (3, 5);
INSERT INTO fam.corners VALUES (1, 1, 1), (2, 2, 4);
INSERT INTO fam.floors VALUES (1), (2);
INSERT INTO fam.walls VALUES (1, 1), (2, 2);
INSERT INTO fam.edges VALUES (1, 1, 1), (2, 2, 1), (3, 1, 2), (4, NULL, 2);
INSERT INTO fam.edges VALUES (5, 2, 1, '2024-01-05 10:00+00', '00000000-0000-0000-0005-000000000205');

-- Markers other than a time, and cascades between them.
CREATE TABLE fam.flags (id int PRIMARY KEY, name text, is_deleted boolean NOT NULL DEFAULT false, deletion_id uuid);
CREATE TABLE fam.poles (id int PRIMARY KEY, flag_id int REFERENCES fam.flags ON DELETE CASCADE, is_deleted boolean NOT NULL DEFAULT false, deletion_id uuid);
CREATE TABLE fam.winds (id int PRIMARY KEY, flag_id int REFERENCES fam.flags ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.flags VALUES (1, 'red'), (2, 'white');
INSERT INTO fam.flags VALUES (3, 'black', true, '00000000-0000-0000-0006-000000000003');
INSERT INTO fam.poles VALUES (1, 1), (3, 2);
INSERT INTO fam.poles VALUES (2, 1, true, '00000000-0000-0000-0006-000000000102'), (4, 3, true, '00000000-0000-0000-0006-000000000003');
INSERT INTO fam.winds VALUES (1, 1), (2, 2);
INSERT INTO fam.winds VALUES (3, 3, '2024-01-03 10:00+00', '00000000-0000-0000-0006-000000000003');
CREATE TABLE fam.visits (id int PRIMARY KEY, page text, deleted_unix bigint NOT NULL DEFAULT 0);
CREATE TABLE fam.clicks (id int PRIMARY KEY, visit_id int REFERENCES fam.visits ON DELETE CASCADE, deleted_unix bigint NOT NULL DEFAULT 0);
INSERT INTO fam.visits VALUES (1, '/'), (2, '/');
INSERT INTO fam.visits VALUES (3, '/', 1700000000);
INSERT INTO fam.clicks VALUES (1, 1), (3, 2);
INSERT INTO fam.clicks VALUES (2, 1, 1700000001), (4, 3, 1700000000);

-- A reference that may outlive its row: the constraint checks writes only.
CREATE TABLE fam.posts (id int PRIMARY KEY, title text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.comments (id int PRIMARY KEY, post_id int REFERENCES fam.posts, body text, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.posts VALUES (1, 'one'), (2, 'two');
INSERT INTO fam.posts VALUES (3, 'three', '2024-01-03 10:00+00', '00000000-0000-0000-0007-000000000003');
INSERT INTO fam.comments VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z'), (4, NULL, 'w');
INSERT INTO fam.comments VALUES (5, 3, 'v', '2024-01-03 10:00+00', '00000000-0000-0000-0007-000000000105');
DO $$
DECLARE t record;
BEGIN
	FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'fam.posts'::regclass AND tgisinternal LOOP
		EXECUTE format('ALTER TABLE fam.posts DISABLE TRIGGER %I', t.tgname);
	END LOOP;
END $$;

-- Twin keys: the server's own check that live rows refer to live ones.
CREATE TABLE fam.shelves (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid,
	live_id int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED UNIQUE);
CREATE TABLE fam.books (id int PRIMARY KEY, shelf_id int REFERENCES fam.shelves ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid,
	live_shelf_id int GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN shelf_id END) STORED);
ALTER TABLE fam.books ADD CONSTRAINT books_live_shelf FOREIGN KEY (live_shelf_id) REFERENCES fam.shelves (live_id);
INSERT INTO fam.shelves VALUES (1), (2);
INSERT INTO fam.shelves VALUES (3, '2024-01-03 10:00+00', '00000000-0000-0000-0008-000000000003');
INSERT INTO fam.books VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO fam.books VALUES (4, 3, '2024-01-03 10:00+00', '00000000-0000-0000-0008-000000000003');

-- Odd names.
CREATE TABLE fam."Clients" ("Client No" int PRIMARY KEY, "na""me" text, "gone at" timestamptz, "Del Id" uuid);
CREATE TABLE fam."Client Lines" ("Line" int PRIMARY KEY, "client's" int, "gone at" timestamptz, "Del Id" uuid,
	CONSTRAINT "it's ""the"" line:1" FOREIGN KEY ("client's") REFERENCES fam."Clients" ON DELETE CASCADE);
CREATE TABLE fam."Client Debts" ("Debt" int PRIMARY KEY, "client's" int, "gone at" timestamptz, "Del Id" uuid,
	CONSTRAINT "it's ""the"" debt:1" FOREIGN KEY ("client's") REFERENCES fam."Clients");
INSERT INTO fam."Clients" VALUES (1, 'A'), (2, 'B');
INSERT INTO fam."Clients" VALUES (3, 'C', '2024-01-03 10:00+00', '00000000-0000-0000-0009-000000000003');
INSERT INTO fam."Client Lines" VALUES (1, 1), (3, 2);
INSERT INTO fam."Client Lines" VALUES (2, 1, '2024-01-02 10:00+00', '00000000-0000-0000-0009-000000000102');
INSERT INTO fam."Client Debts" VALUES (1, 2);
CREATE TABLE fam."select" ("from" int PRIMARY KEY, "where" text, deleted_at timestamptz);
CREATE TABLE fam."table" ("end" int PRIMARY KEY, "from" int REFERENCES fam."select" ON DELETE CASCADE, deleted_at timestamptz);
INSERT INTO fam."select" VALUES (1, 'x'), (2, 'y');
INSERT INTO fam."select" VALUES (3, 'z', '2024-01-03 10:00+00');
INSERT INTO fam."table" VALUES (1, 1), (2, 2);
INSERT INTO fam."table" VALUES (3, 1, '2024-01-02 10:00+00');
CREATE TABLE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab (id int PRIMARY KEY, of_id int, deleted_at timestamptz);
CREATE TABLE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_cd (id int PRIMARY KEY, of_id int, deleted_at timestamptz,
	CONSTRAINT long_cd FOREIGN KEY (of_id) REFERENCES fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab ON DELETE CASCADE);
CREATE TABLE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ef (id int PRIMARY KEY, of_id int, deleted_at timestamptz,
	CONSTRAINT long_ef FOREIGN KEY (of_id) REFERENCES fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab ON DELETE CASCADE);
INSERT INTO fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab VALUES (1), (2);
INSERT INTO fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_cd VALUES (1, 1), (2, 2);
INSERT INTO fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ef VALUES (1, 1), (2, 2);

-- Names that the rewriter gives to its own queries, behind _sd_.
CREATE TABLE fam.root (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.id (id int PRIMARY KEY, root_id int REFERENCES fam.root ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.violation (id int PRIMARY KEY, root_id int REFERENCES fam.root ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.journal (id int PRIMARY KEY, root_id int REFERENCES fam.root ON DELETE CASCADE, journal_id int REFERENCES fam.journal ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.root2 (id int PRIMARY KEY, root_id int REFERENCES fam.root ON DELETE SET NULL, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE fam.set_root2 (id int PRIMARY KEY, violation_id int REFERENCES fam.violation, root_id int REFERENCES fam.root ON DELETE SET NULL, deleted_at timestamptz, deletion_id uuid);
INSERT INTO fam.root VALUES (1), (2), (3);
INSERT INTO fam.id VALUES (1, 1), (2, 2);
INSERT INTO fam.violation VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO fam.journal VALUES (1, 1);
INSERT INTO fam.journal VALUES (2, NULL, 1), (3, 2, 3);
INSERT INTO fam.root2 VALUES (1, 1), (2, 2), (3, NULL);
INSERT INTO fam.set_root2 VALUES (1, 3);
INSERT INTO fam.set_root2 VALUES (2, NULL, 1);

-- No foreign key leads to or from them.
CREATE TABLE fam.tags (id int PRIMARY KEY, name text, deleted_at timestamptz, deletion_id uuid, deleted_by text, reason text);
INSERT INTO fam.tags (id, name) VALUES (1, 'x'), (2, 'y');
INSERT INTO fam.tags VALUES (3, 'z', '2024-01-03 10:00+00', '00000000-0000-0000-000a-000000000003', 'root', 'why not');
CREATE TABLE fam.plain (id int PRIMARY KEY, name text, deleted_at timestamptz);
INSERT INTO fam.plain VALUES (1, 'x'), (2, 'y');
INSERT INTO fam.plain VALUES (3, 'z', '2024-01-03 10:00+00');

-- Names that a statement need not qualify, and the same two tables in each of two schemas.
CREATE TABLE makers (id int PRIMARY KEY, name varchar(20), town text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE models (id int PRIMARY KEY, maker_id int REFERENCES makers ON DELETE CASCADE, name text, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE cars (id int PRIMARY KEY, model_id int REFERENCES models, deleted_at timestamptz, deletion_id uuid);
INSERT INTO makers VALUES (1, 'Audi', 'Ingolstadt'), (2, 'Benz', 'Stuttgart'), (4, 'Citroën', 'Paris'), (5, NULL, NULL);
INSERT INTO makers VALUES (3, 'Dacia', 'Mioveni', '2024-01-03 10:00+00', '00000000-0000-0000-000b-000000000003');
INSERT INTO models VALUES (1, 1, 'A1'), (3, 2, 'C'), (4, 4, '2CV'), (5, 4, NULL), (6, NULL, 'T');
INSERT INTO models VALUES (2, 1, 'A2', '2024-01-02 10:00+00', '00000000-0000-0000-000b-000000000102');
INSERT INTO cars VALUES (1, 3), (2, NULL);
CREATE TABLE t1.clubs (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE t1.fans (id int PRIMARY KEY, club_id int REFERENCES t1.clubs ON DELETE CASCADE, deleted_at timestamptz);
CREATE TABLE t2.clubs (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE t2.fans (id int PRIMARY KEY, club_id int REFERENCES t2.clubs ON DELETE CASCADE, deleted_at timestamptz);
INSERT INTO t1.clubs VALUES (1), (2);
INSERT INTO t1.clubs VALUES (3, '2024-01-03 10:00+00');
INSERT INTO t1.fans VALUES (1, 1), (3, 2);
INSERT INTO t1.fans VALUES (2, 1, '2024-01-02 10:00+00');
INSERT INTO t2.clubs VALUES (1), (2);
INSERT INTO t2.fans VALUES (1, 1), (2, 2);
