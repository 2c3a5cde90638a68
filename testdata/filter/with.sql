# WITH: what a name means, and what is filtered where.

=== A query
why: the body is filtered; the reference to it is not
--- in
WITH u AS (SELECT id, name FROM users) SELECT * FROM u
--- out
WITH u AS (SELECT id, name FROM users WHERE users.deleted_at IS NULL) SELECT * FROM u

=== A query that no one uses
why: it is filtered all the same
--- in
WITH u AS (SELECT id FROM users) SELECT 1
--- out
WITH u AS (SELECT id FROM users WHERE users.deleted_at IS NULL) SELECT 1

=== A query over a table outside the policy
twin: cities are not soft-deleted
--- in
WITH u AS (SELECT id FROM cities) SELECT * FROM u
--- same

=== A query that is named like its own table
why: inside, users is the table; outside, it is the query
--- in
WITH users AS (SELECT id, name FROM users) SELECT * FROM users
--- out
WITH users AS (SELECT id, name FROM users WHERE users.deleted_at IS NULL) SELECT * FROM users

=== A query that hides a table of the policy
twin: users is the query, and has no marker
--- in
WITH users AS (SELECT 1 AS id) SELECT * FROM users
--- same

=== A query that hides nothing for its elder sibling
why: a query shadows its later siblings only
--- in
WITH a AS (SELECT id FROM users), users AS (SELECT 7 AS id) SELECT a.id FROM a, users
--- out
WITH a AS (SELECT id FROM users WHERE users.deleted_at IS NULL), users AS (SELECT 7 AS id) SELECT a.id FROM a, users

=== A query that hides a table for its younger sibling
twin: for the later one, users is the query
--- in
WITH users AS (SELECT 7 AS id), a AS (SELECT id FROM users) SELECT a.id FROM a
--- same

=== A schema makes it the table again
why: a qualified name never means a query
--- in
WITH users AS (SELECT 7 AS id) SELECT u.id FROM public.users u
--- out
WITH users AS (SELECT 7 AS id) SELECT u.id FROM public.users u WHERE u.deleted_at IS NULL

=== Inner queries hide names in their statement only
why: outside of the sub-select, orders is the table
--- in
SELECT (WITH orders AS (SELECT 1 AS id) SELECT count(*) FROM orders), count(*) FROM orders
--- out
SELECT (WITH orders AS (SELECT 1 AS id) SELECT count(*) FROM orders), count(*) FROM orders WHERE orders.deleted_at IS NULL

=== Outer queries hide names in sub-selects
twin: in the sub-select too, users is the query
--- in
WITH users AS (SELECT 7 AS id) SELECT (SELECT max(id) FROM users)
--- same

=== Inner queries are tables where the outer name is used inside them
why: the inner WITH sees the outer query
--- in
WITH o AS (SELECT id FROM orders) SELECT * FROM (WITH p AS (SELECT id FROM o) SELECT p.id FROM p, users u WHERE u.id = 1) s
--- out
WITH o AS (SELECT id FROM orders WHERE orders.deleted_at IS NULL) SELECT * FROM (WITH p AS (SELECT id FROM o) SELECT p.id FROM p, users u WHERE u.deleted_at IS NULL AND (u.id = 1)) s

=== Case and quotes
why: Users is users, "Users" is another table
--- in
WITH USERS AS (SELECT 7 AS id) SELECT a.id, b.id FROM uSeRs a, "Users" b
--- out
WITH USERS AS (SELECT 7 AS id) SELECT a.id, b.id FROM uSeRs a, "Users" b WHERE b.deleted_at IS NULL

=== MATERIALIZED
why: the hint stays
--- in
WITH u AS MATERIALIZED (SELECT id FROM users), o AS NOT MATERIALIZED (SELECT user_id FROM orders) SELECT * FROM u JOIN o ON o.user_id = u.id
--- out
WITH u AS MATERIALIZED (SELECT id FROM users WHERE users.deleted_at IS NULL), o AS NOT MATERIALIZED (SELECT user_id FROM orders WHERE orders.deleted_at IS NULL) SELECT * FROM u JOIN o ON o.user_id = u.id

=== Column lists
why: they belong to the query
--- in
WITH u (a, b) AS (SELECT id, name FROM users) SELECT a, b FROM u
--- out
WITH u (a, b) AS (SELECT id, name FROM users WHERE users.deleted_at IS NULL) SELECT a, b FROM u

=== RECURSIVE
why: both arms read the table
--- in
WITH RECURSIVE t AS (SELECT id, boss_id, 1 AS depth FROM users WHERE boss_id IS NULL UNION ALL SELECT u.id, u.boss_id, t.depth + 1 FROM users u JOIN t ON u.boss_id = t.id) SELECT * FROM t
--- out
WITH RECURSIVE t AS (SELECT id, boss_id, 1 AS depth FROM users WHERE users.deleted_at IS NULL AND (boss_id IS NULL) UNION ALL SELECT u.id, u.boss_id, t.depth + 1 FROM users u JOIN t ON u.boss_id = t.id WHERE u.deleted_at IS NULL) SELECT * FROM t

=== RECURSIVE upwards
why: the chain ends at a deleted boss, as it would at a missing one
--- in
WITH RECURSIVE t AS (SELECT id, boss_id FROM users WHERE id IN (4, 8, 11) UNION SELECT b.id, b.boss_id FROM t LEFT JOIN users b ON b.id = t.boss_id WHERE b.id IS NOT NULL) SELECT * FROM t
--- out
WITH RECURSIVE t AS (SELECT id, boss_id FROM users WHERE users.deleted_at IS NULL AND (id IN (4, 8, 11)) UNION SELECT b.id, b.boss_id FROM t LEFT JOIN (users b JOIN (SELECT) AS _sd1 ON b.deleted_at IS NULL) ON b.id = t.boss_id WHERE b.id IS NOT NULL) SELECT * FROM t

=== RECURSIVE hides the name in its own body
twin: users is the query itself, in its own body
--- in
WITH RECURSIVE users AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM users WHERE id < 3) SELECT * FROM users
--- same

=== RECURSIVE hides names in elder siblings
twin: under RECURSIVE forward references count
--- in
WITH RECURSIVE a AS (SELECT id FROM users), users AS (SELECT 7 AS id) SELECT * FROM a
--- same

=== RECURSIVE without recursion
why: the body reads the table
--- in
WITH RECURSIVE a AS (SELECT id FROM orders) SELECT * FROM a
--- out
WITH RECURSIVE a AS (SELECT id FROM orders WHERE orders.deleted_at IS NULL) SELECT * FROM a

=== RECURSIVE with a qualified name in its own body
why: public.users is the table
--- in
WITH RECURSIVE users AS (SELECT id FROM public.users) SELECT * FROM users
--- out
WITH RECURSIVE users AS (SELECT id FROM public.users WHERE users.deleted_at IS NULL) SELECT * FROM users

=== SEARCH
why: the clause stands behind the body
order: total
--- in
WITH RECURSIVE t AS (SELECT id, boss_id FROM users WHERE id = 1 UNION ALL SELECT u.id, u.boss_id FROM users u, t WHERE u.boss_id = t.id) SEARCH DEPTH FIRST BY id SET place SELECT id FROM t ORDER BY place
--- out
WITH RECURSIVE t AS (SELECT id, boss_id FROM users WHERE users.deleted_at IS NULL AND (id = 1) UNION ALL SELECT u.id, u.boss_id FROM users u, t WHERE u.deleted_at IS NULL AND (u.boss_id = t.id)) SEARCH DEPTH FIRST BY id SET place SELECT id FROM t ORDER BY place

=== CYCLE
why: as above
--- in
WITH RECURSIVE t AS (SELECT id, boss_id FROM users WHERE id = 2 UNION ALL SELECT u.id, u.boss_id FROM users u, t WHERE u.boss_id = t.id) CYCLE id SET again USING path SELECT id, again FROM t
--- out
WITH RECURSIVE t AS (SELECT id, boss_id FROM users WHERE users.deleted_at IS NULL AND (id = 2) UNION ALL SELECT u.id, u.boss_id FROM users u, t WHERE u.deleted_at IS NULL AND (u.boss_id = t.id)) CYCLE id SET again USING path SELECT id, again FROM t

=== WITH in a sub-select's WITH
why: each WITH belongs to its query
--- in
WITH a AS (WITH b AS (SELECT id FROM users) SELECT id FROM b) SELECT * FROM a
--- out
WITH a AS (WITH b AS (SELECT id FROM users WHERE users.deleted_at IS NULL) SELECT id FROM b) SELECT * FROM a

=== WITH before a set operation
why: the names hold in both arms
--- in
WITH a AS (SELECT id FROM users) SELECT id FROM a UNION ALL SELECT id FROM orders WHERE id < 102
--- out
WITH a AS (SELECT id FROM users WHERE users.deleted_at IS NULL) SELECT id FROM a UNION ALL SELECT id FROM orders WHERE orders.deleted_at IS NULL AND (id < 102)

=== WITH before VALUES
why: the values see the names
--- in
WITH a AS (SELECT count(*) AS n FROM users) VALUES ((SELECT n FROM a), (SELECT count(*) FROM orders))
--- out
WITH a AS (SELECT count(*) AS n FROM users WHERE users.deleted_at IS NULL) VALUES ((SELECT n FROM a), (SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL))

=== WITH in parentheses
why: the WITH belongs to the arm
--- in
(WITH users AS (SELECT 7 AS id) SELECT id FROM users) UNION ALL SELECT id FROM users
--- out
(WITH users AS (SELECT 7 AS id) SELECT id FROM users) UNION ALL SELECT id FROM users WHERE users.deleted_at IS NULL

=== A deletion in WITH
why: it becomes an update, and returns the same rows
--- in
WITH d AS (DELETE FROM orders WHERE status = 'open' RETURNING id, user_id) SELECT u.name, d.id FROM d LEFT JOIN users u ON u.id = d.user_id
--- out
WITH d AS (UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL AND (status = 'open') RETURNING id, user_id) SELECT u.name, d.id FROM d LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = d.user_id

=== A deletion in WITH and a read of the same table
why: both see the rows as they were before the statement
--- in
WITH d AS (DELETE FROM users WHERE id = 1 RETURNING id) SELECT count(*), (SELECT count(*) FROM d) FROM users
--- out
WITH d AS (UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1) RETURNING id) SELECT count(*), (SELECT count(*) FROM d) FROM users WHERE users.deleted_at IS NULL

=== A deletion in WITH that nobody reads
why: it runs all the same
--- in
WITH d AS (DELETE FROM notes WHERE user_id = 1) SELECT 1
--- out
WITH d AS (UPDATE notes SET deleted_at = now() WHERE notes.deleted_at IS NULL AND (user_id = 1)) SELECT 1

=== An update and an insert in WITH
why: the update filters its target, the insert its query
--- in
WITH u AS (UPDATE orders SET total = total + 1 WHERE user_id = 1 RETURNING id, total), i AS (INSERT INTO audit SELECT id, name FROM users WHERE age > 40 RETURNING id) SELECT u.id, u.total, i.id FROM u, i
--- out
WITH u AS (UPDATE orders SET total = total + 1 WHERE orders.deleted_at IS NULL AND (user_id = 1) RETURNING id, total), i AS (INSERT INTO audit SELECT id, name FROM users WHERE users.deleted_at IS NULL AND (age > 40) RETURNING id) SELECT u.id, u.total, i.id FROM u, i

=== A move
why: the archive receives live rows only
--- in
WITH d AS (DELETE FROM notes WHERE pinned RETURNING id, body) INSERT INTO audit SELECT id, body FROM d
--- out
WITH d AS (UPDATE notes SET deleted_at = now() WHERE notes.deleted_at IS NULL AND (pinned) RETURNING id, body) INSERT INTO audit SELECT id, body FROM d

=== Chained deletions
why: every one is an update
--- in
WITH u AS (DELETE FROM users WHERE name = 'Ann' RETURNING id), o AS (DELETE FROM orders USING u WHERE orders.user_id = u.id RETURNING orders.id) DELETE FROM items USING o WHERE items.order_id = o.id
--- out
WITH u AS (UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (name = 'Ann') RETURNING id), o AS (UPDATE orders SET deleted_at = now() FROM u WHERE orders.deleted_at IS NULL AND (orders.user_id = u.id) RETURNING orders.id) UPDATE items SET deleted_at = now() FROM o WHERE items.deleted_at IS NULL AND (items.order_id = o.id)

=== WITH before DELETE
why: a target is never a query of that name; the USING can be
--- in
WITH users AS (SELECT 1 AS id) DELETE FROM users USING users AS u WHERE public.users.id = u.id
--- out
WITH users AS (SELECT 1 AS id) UPDATE users SET deleted_at = now() FROM users AS u WHERE users.deleted_at IS NULL AND (public.users.id = u.id)

=== WITH before UPDATE
why: as above
--- in
WITH orders AS (SELECT 100 AS id) UPDATE orders SET total = 0 FROM orders AS o WHERE orders.id = o.id
--- out
WITH orders AS (SELECT 100 AS id) UPDATE orders SET total = 0 FROM orders AS o WHERE orders.deleted_at IS NULL AND (orders.id = o.id)

=== WITH before INSERT
why: the query sees the name
--- in
WITH users AS (SELECT 200 AS id, 'x' AS name) INSERT INTO audit SELECT id, name FROM users
--- same
