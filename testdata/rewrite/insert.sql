# INSERT adds rows; only what it reads is filtered.

=== VALUES
why: nothing is read, so nothing is filtered
--- in
INSERT INTO users (id, name) VALUES (100, 'New'), (101, 'Newer')
--- same

=== DEFAULT VALUES
twin: nothing is read
--- in
INSERT INTO audit DEFAULT VALUES
--- same

=== SELECT
why: deleted users are not copied
--- in
INSERT INTO audit (id, what) SELECT id, name FROM users WHERE age > 30
--- out
INSERT INTO audit (id, what) SELECT id, name FROM users WHERE users.deleted_at IS NULL AND (age > 30)

=== SELECT from a table outside the policy
twin: cities are not soft-deleted
--- in
INSERT INTO users (id, name) SELECT id + 200, name FROM cities
--- same

=== TABLE
why: TABLE becomes a SELECT
--- in
INSERT INTO t2.docs TABLE t1.docs LIMIT 0
--- out
INSERT INTO t2.docs SELECT * FROM t1.docs WHERE docs.deleted_at IS NULL LIMIT 0

=== SELECT from its own target
why: reading is filtered, the target is not
--- in
INSERT INTO users (id, name) SELECT id + 200, name FROM users
--- out
INSERT INTO users (id, name) SELECT id + 200, name FROM users WHERE users.deleted_at IS NULL

=== A WITH before the SELECT
why: the body is filtered
--- in
INSERT INTO audit WITH u AS (SELECT id, name FROM users) SELECT * FROM u
--- out
INSERT INTO audit WITH u AS (SELECT id, name FROM users WHERE users.deleted_at IS NULL) SELECT * FROM u

=== A sub-select in VALUES
why: filtered where it stands
--- in
INSERT INTO audit VALUES ((SELECT count(*) FROM users), 'users'), ((SELECT count(*) FROM cities), DEFAULT)
--- out
INSERT INTO audit VALUES ((SELECT count(*) FROM users WHERE users.deleted_at IS NULL), 'users'), ((SELECT count(*) FROM cities), DEFAULT)

=== RETURNING
why: a sub-select in it is filtered
--- in
INSERT INTO notes (id, user_id, body) VALUES (100, 3, 'x') RETURNING id, (SELECT name FROM users WHERE users.id = user_id)
--- out
INSERT INTO notes (id, user_id, body) VALUES (100, 3, 'x') RETURNING id, (SELECT name FROM users WHERE users.deleted_at IS NULL AND (users.id = user_id))

=== RETURNING everything
twin: nothing is read
--- in
INSERT INTO notes (id, user_id, body) VALUES (100, 3, 'x') RETURNING *
--- same

=== An alias
twin: it names the target in ON CONFLICT only
--- in
INSERT INTO notes AS n (id) VALUES (100) RETURNING n.id
--- same

=== A column list and OVERRIDING
twin: nothing is read
--- in
INSERT INTO notes (id, body) OVERRIDING USER VALUE VALUES (100, 'x')
--- same

=== A row that is dead on arrival
why: inserting a marker is the user's business
--- in
INSERT INTO notes (id, body, deleted_at) VALUES (100, 'x', '2024-01-01')
--- same

=== A set operation
why: both arms are filtered
--- in
INSERT INTO audit (id) SELECT id FROM users UNION SELECT id FROM orders ORDER BY 1 LIMIT 3
--- out
INSERT INTO audit (id) SELECT id FROM users WHERE users.deleted_at IS NULL UNION SELECT id FROM orders WHERE orders.deleted_at IS NULL ORDER BY 1 LIMIT 3

=== A join
why: the forms of a SELECT
--- in
INSERT INTO audit SELECT c.id, u.name FROM cities c LEFT JOIN users u ON u.id = c.mayor_id
--- out
INSERT INTO audit SELECT c.id, u.name FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id

=== FOR UPDATE at the end
why: FOR ends the FROM
--- in
INSERT INTO audit SELECT id FROM users FOR UPDATE
--- out
INSERT INTO audit SELECT id FROM users WHERE users.deleted_at IS NULL FOR UPDATE

=== A key that a deleted row holds
why: a full unique index does not know what is deleted
ours: 23505, a deleted row still holds its primary key; a policy cannot change that
--- in
INSERT INTO users (id, name) VALUES (3, 'Cid again')
--- same

=== A key that a deleted row holds, among live rows only
twin: the index is partial, so the key is free
--- in
INSERT INTO handles (id, handle) VALUES (100, 'cid')
--- same

=== A key that a live row holds
twin: an error on both sides
error: 23505
--- in
INSERT INTO handles (id, handle) VALUES (100, 'ann')
--- same
