# Views and tables made from queries.

=== CREATE VIEW
why: joins keep the view from being updatable, so no DELETE through it is real
--- in
CREATE VIEW v AS SELECT id, name FROM users; SELECT * FROM v
--- out
CREATE VIEW v AS SELECT id, name FROM (users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL); SELECT * FROM v

=== CREATE VIEW outside the policy
twin: cities are not soft-deleted
--- in
CREATE VIEW v AS SELECT id, name FROM cities; SELECT * FROM v
--- same

=== A deletion through a view
why: the server refuses it, for such a view is not updatable
ours: 55000, on the twin the view is updatable
--- before
CREATE VIEW v AS SELECT id, name FROM users
--- in
DELETE FROM v WHERE id = 1
--- same

=== CREATE VIEW of a TABLE command
why: it takes the join form, and TABLE becomes a SELECT
--- in
CREATE VIEW v AS TABLE users; SELECT * FROM v
--- out
CREATE VIEW v AS SELECT * FROM (users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL); SELECT * FROM v

=== CREATE VIEW under WithDeleted
why: without a join the view would be updatable, and a DELETE through it real
scope: with
--- in
CREATE VIEW v AS SELECT id, name FROM users
--- out
CREATE VIEW v AS SELECT id, name FROM (users JOIN (SELECT) AS _sd1 ON true)

=== CREATE VIEW under OnlyDeleted
why: a view of the trash
scope: only
--- in
CREATE VIEW v AS SELECT id, total FROM orders; SELECT * FROM v
--- out
CREATE VIEW v AS SELECT id, total FROM (orders JOIN (SELECT) AS _sd1 ON orders.deleted_at IS NOT NULL); SELECT * FROM v

=== CREATE OR REPLACE VIEW with options
why: what surrounds the query stays
--- in
CREATE OR REPLACE VIEW public.v (a, b) WITH (security_barrier) AS SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id > 0; SELECT * FROM v
--- out
CREATE OR REPLACE VIEW public.v (a, b) WITH (security_barrier) AS SELECT u.id, o.id FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) LEFT JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.id > 0; SELECT * FROM v

=== CREATE VIEW WITH CHECK OPTION
why: PostgreSQL wants an updatable view for that
ours: 0A000, a view over a join has no CHECK OPTION
--- in
CREATE VIEW v AS SELECT id FROM users WHERE age > 30 WITH CASCADED CHECK OPTION
--- out
CREATE VIEW v AS SELECT id FROM (users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) WHERE age > 30 WITH CASCADED CHECK OPTION

=== CREATE VIEW with a set operation
why: such a view is not updatable anyway
--- in
CREATE VIEW v AS SELECT id FROM users UNION SELECT id FROM orders; SELECT * FROM v
--- out
CREATE VIEW v AS SELECT id FROM users WHERE users.deleted_at IS NULL UNION SELECT id FROM orders WHERE orders.deleted_at IS NULL; SELECT * FROM v

=== CREATE VIEW with sub-selects
why: every level is filtered
--- in
CREATE TEMP VIEW v AS SELECT c.id, (SELECT count(*) FROM orders o WHERE o.user_id = c.mayor_id) FROM cities c; SELECT * FROM v
--- out
CREATE TEMP VIEW v AS SELECT c.id, (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = c.mayor_id)) FROM cities c; SELECT * FROM v

=== CREATE VIEW with GROUP BY on the primary key
why: the join form keeps the dependency on the key
--- in
CREATE VIEW v AS SELECT u.id, u.name, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id; SELECT * FROM v
--- out
CREATE VIEW v AS SELECT u.id, u.name, count(*) FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id GROUP BY u.id; SELECT * FROM v

=== CREATE RECURSIVE VIEW
why: the grammar makes a WITH RECURSIVE of it
--- in
CREATE RECURSIVE VIEW v (id, boss) AS SELECT id, boss_id FROM users WHERE boss_id IS NULL UNION ALL SELECT u.id, u.boss_id FROM users u JOIN v ON u.boss_id = v.id; SELECT * FROM v
--- out
CREATE RECURSIVE VIEW v (id, boss) AS SELECT id, boss_id FROM users WHERE users.deleted_at IS NULL AND (boss_id IS NULL) UNION ALL SELECT u.id, u.boss_id FROM users u JOIN v ON u.boss_id = v.id WHERE u.deleted_at IS NULL; SELECT * FROM v

=== CREATE RECURSIVE VIEW outside the policy
twin: nothing is read
--- in
CREATE RECURSIVE VIEW v (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM v WHERE n < 4; SELECT * FROM v
--- same

=== CREATE VIEW of VALUES
twin: nothing is read
--- in
CREATE VIEW v AS VALUES (1), (2); SELECT * FROM v
--- same

=== CREATE MATERIALIZED VIEW
why: its query is filtered when it is created, and at each REFRESH
--- in
CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM users WITH NO DATA; REFRESH MATERIALIZED VIEW mv; SELECT * FROM mv
--- out
CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM users WHERE users.deleted_at IS NULL WITH NO DATA; REFRESH MATERIALIZED VIEW mv; SELECT * FROM mv

=== CREATE MATERIALIZED VIEW with data
why: WITH ends the FROM
--- in
CREATE MATERIALIZED VIEW IF NOT EXISTS mv (a) AS SELECT id FROM users WITH DATA; SELECT * FROM mv
--- out
CREATE MATERIALIZED VIEW IF NOT EXISTS mv (a) AS SELECT id FROM users WHERE users.deleted_at IS NULL WITH DATA; SELECT * FROM mv

=== CREATE TABLE AS
why: its query is filtered
--- in
CREATE TABLE copy_of_users AS SELECT * FROM users
--- out
CREATE TABLE copy_of_users AS SELECT * FROM users WHERE users.deleted_at IS NULL

=== CREATE TABLE AS WITH NO DATA
why: WITH ends the WHERE
--- in
CREATE TABLE IF NOT EXISTS copy_of_users (a, b) AS SELECT id, name FROM users WHERE id < 5 WITH NO DATA; SELECT * FROM copy_of_users
--- out
CREATE TABLE IF NOT EXISTS copy_of_users (a, b) AS SELECT id, name FROM users WHERE users.deleted_at IS NULL AND (id < 5) WITH NO DATA; SELECT * FROM copy_of_users

=== CREATE TABLE AS of a TABLE command
why: TABLE becomes a SELECT
--- in
CREATE UNLOGGED TABLE copy_of_users AS TABLE users WITH DATA; SELECT count(*) FROM copy_of_users
--- out
CREATE UNLOGGED TABLE copy_of_users AS SELECT * FROM users WHERE users.deleted_at IS NULL WITH DATA; SELECT count(*) FROM copy_of_users

=== CREATE TABLE AS of a table outside the policy
twin: cities are not soft-deleted
--- in
CREATE TABLE copy_of_cities AS SELECT * FROM cities
--- same

=== CREATE TABLE AS EXECUTE
why: the text was filtered when it was prepared
--- before
PREPARE p AS SELECT id FROM users
--- in
CREATE TABLE copy_of_users AS EXECUTE p; SELECT * FROM copy_of_users
--- same

=== CREATE SCHEMA with views
why: one element ends where the next CREATE or GRANT begins
--- in
CREATE SCHEMA s9 CREATE TABLE x (id int) CREATE VIEW v1 AS SELECT id FROM public.users CREATE VIEW v2 AS SELECT c.id, u.id AS uid FROM public.cities c LEFT JOIN public.users u ON u.id = c.mayor_id GRANT SELECT ON v1 TO PUBLIC; SELECT * FROM s9.v1, s9.v2
--- out
CREATE SCHEMA s9 CREATE TABLE x (id int) CREATE VIEW v1 AS SELECT id FROM (public.users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) CREATE VIEW v2 AS SELECT c.id, u.id AS uid FROM public.cities c LEFT JOIN (public.users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id GRANT SELECT ON v1 TO PUBLIC; SELECT * FROM s9.v1, s9.v2

=== CREATE SCHEMA without views
twin: nothing is read
--- in
CREATE SCHEMA s9 CREATE TABLE x (id int)
--- same
