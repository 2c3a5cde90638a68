# ON CONFLICT: a deleted row that holds the key is neither a reason to do nothing
# (the new row would be lost in silence) nor to be updated (nobody could see it).

=== DO NOTHING, partial index
why: the index over live rows is inferred only if its predicate is given (42P10 else)
--- in
INSERT INTO handles (id, handle) VALUES (100, 'ann'), (101, 'cid'), (102, 'new') ON CONFLICT (handle) DO NOTHING
--- out
INSERT INTO handles (id, handle) VALUES (100, 'ann'), (101, 'cid'), (102, 'new') ON CONFLICT (handle) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = handles.deleted_at WHERE CASE WHEN handles.deleted_at IS NULL THEN false ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END

=== DO NOTHING outside the policy
twin: nothing is hidden in cities
--- in
INSERT INTO cities (id, name) VALUES (1, 'Ulm'), (9, 'Jena') ON CONFLICT (id) DO NOTHING
--- same

=== DO NOTHING, full index, a live row holds the key
why: it does nothing, as before
--- in
INSERT INTO accounts (id, login) VALUES (100, 'ann') ON CONFLICT (login) DO NOTHING
--- out
INSERT INTO accounts (id, login) VALUES (100, 'ann') ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== DO NOTHING, full index, no row holds the key
why: the row is inserted
--- in
INSERT INTO accounts (id, login) VALUES (100, 'new') ON CONFLICT (login) DO NOTHING RETURNING id
--- out
INSERT INTO accounts (id, login) VALUES (100, 'new') ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END RETURNING id

=== DO NOTHING, full index, a deleted row holds the key
why: the new row must not be lost in silence
ours: 23505, a deleted row still holds the key
--- in
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) DO NOTHING
--- out
INSERT INTO accounts (id, login) VALUES (100, 'cid') ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== DO NOTHING, the same key twice in one statement
why: DO UPDATE, which DO NOTHING becomes, takes no row twice; it fails rather than lose a row in silence
ours: 21000, PostgreSQL's DO UPDATE takes no row twice
--- in
INSERT INTO handles (id, handle) VALUES (100, 'x'), (101, 'x') ON CONFLICT (handle) DO NOTHING
--- out
INSERT INTO handles (id, handle) VALUES (100, 'x'), (101, 'x') ON CONFLICT (handle) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = handles.deleted_at WHERE CASE WHEN handles.deleted_at IS NULL THEN false ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END

=== DO NOTHING without a target
why: any deleted row could be the reason to do nothing
--- in
INSERT INTO handles (id, handle) VALUES (100, 'ann') ON CONFLICT DO NOTHING
--- refused
softdelete: refused INSERT on handles at character 54: ON CONFLICT DO NOTHING without a target would take a deleted row for a conflict and lose the new row in silence; name the key: ON CONFLICT (column) DO NOTHING

=== DO NOTHING without a target outside the policy
twin: nothing is hidden in cities
--- in
INSERT INTO cities (id, name) VALUES (1, 'Ulm') ON CONFLICT DO NOTHING
--- same

=== DO UPDATE, partial index
why: the live row is updated, the deleted one is not a conflict
--- in
INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7), (101, 'cid', 8) ON CONFLICT (handle) DO UPDATE SET n = excluded.n RETURNING id, n
--- out
INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7), (101, 'cid', 8) ON CONFLICT (handle) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n WHERE CASE WHEN handles.deleted_at IS NULL THEN true ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END RETURNING id, n

=== DO UPDATE outside the policy
twin: nothing is hidden in cities
--- in
INSERT INTO cities (id, name) VALUES (1, 'Neu-Ulm') ON CONFLICT (id) DO UPDATE SET name = excluded.name
--- same

=== DO UPDATE, full index, a live row holds the key
why: it is updated, as before
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT (login) DO UPDATE SET n = accounts.n + excluded.n
--- out
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET n = accounts.n + excluded.n WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== DO UPDATE, full index, a deleted row holds the key
why: an edit of a deleted row is an edit that nobody sees
ours: 23505, a deleted row still holds the key
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'cid', 7) ON CONFLICT (login) DO UPDATE SET n = excluded.n
--- out
INSERT INTO accounts (id, login, n) VALUES (100, 'cid', 7) ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== DO UPDATE with WHERE
why: the user's condition holds among live rows
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7), (101, 'bob', 8) ON CONFLICT (login) DO UPDATE SET n = excluded.n WHERE accounts.n > 1 OR accounts.login = 'x'
--- out
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7), (101, 'bob', 8) ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n WHERE CASE WHEN accounts.deleted_at IS NULL THEN (accounts.n > 1 OR accounts.login = 'x') ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== DO UPDATE with WHERE and RETURNING
why: RETURNING ends the WHERE
--- in
INSERT INTO accounts AS a (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT (login) DO UPDATE SET n = excluded.n WHERE a.n < 5 RETURNING a.id, a.n
--- out
INSERT INTO accounts AS a (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n WHERE CASE WHEN a.deleted_at IS NULL THEN (a.n < 5) ELSE ('softdelete:23505:accounts:' || a.deleted_at::text)::int = 0 END RETURNING a.id, a.n

=== DO UPDATE with an alias
why: the alias names the row that is there
--- in
INSERT INTO accounts AS a (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT (login) DO UPDATE SET n = a.n + excluded.n
--- out
INSERT INTO accounts AS a (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT (login) WHERE deleted_at IS NULL DO UPDATE SET n = a.n + excluded.n WHERE CASE WHEN a.deleted_at IS NULL THEN true ELSE ('softdelete:23505:accounts:' || a.deleted_at::text)::int = 0 END

=== DO UPDATE of the primary key's row
why: the primary key is a full index
--- in
INSERT INTO users (id, name) VALUES (1, 'Anna') ON CONFLICT (id) DO UPDATE SET name = excluded.name
--- out
INSERT INTO users (id, name) VALUES (1, 'Anna') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name WHERE CASE WHEN users.deleted_at IS NULL THEN true ELSE ('softdelete:23505:users:' || users.deleted_at::text)::int = 0 END

=== DO UPDATE with a sub-select
why: it is filtered where it stands
--- in
INSERT INTO users (id, name) VALUES (1, 'Anna') ON CONFLICT (id) DO UPDATE SET age = (SELECT count(*) FROM orders), name = (SELECT max(name) FROM users u) WHERE users.id IN (SELECT user_id FROM orders)
--- out
INSERT INTO users (id, name) VALUES (1, 'Anna') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET age = (SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL), name = (SELECT max(name) FROM users u WHERE u.deleted_at IS NULL) WHERE CASE WHEN users.deleted_at IS NULL THEN (users.id IN (SELECT user_id FROM orders WHERE orders.deleted_at IS NULL)) ELSE ('softdelete:23505:users:' || users.deleted_at::text)::int = 0 END

=== DO UPDATE of several columns at once
why: the sub-select hangs in the tree once for each column
--- in
INSERT INTO users (id, name) VALUES (1, 'Anna') ON CONFLICT (id) DO UPDATE SET (age, boss_id) = (SELECT count(*), max(o.id) FROM orders o WHERE o.user_id = users.id)
--- out
INSERT INTO users (id, name) VALUES (1, 'Anna') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET (age, boss_id) = (SELECT count(*), max(o.id) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = users.id)) WHERE CASE WHEN users.deleted_at IS NULL THEN true ELSE ('softdelete:23505:users:' || users.deleted_at::text)::int = 0 END

=== A composite key
why: the target has two columns
--- in
INSERT INTO members (user_id, group_id, role) VALUES (1, 1, 'x'), (5, 5, 'y') ON CONFLICT (user_id, group_id) DO UPDATE SET role = excluded.role
--- out
INSERT INTO members (user_id, group_id, role) VALUES (1, 1, 'x'), (5, 5, 'y') ON CONFLICT (user_id, group_id) WHERE deleted_at IS NULL DO UPDATE SET role = excluded.role WHERE CASE WHEN members.deleted_at IS NULL THEN true ELSE ('softdelete:23505:members:' || members.deleted_at::text)::int = 0 END

=== An expression
why: the parentheses of the target are skipped
--- in
INSERT INTO handles (id, handle, n) VALUES (100, 'ANN', 7) ON CONFLICT (lower(handle)) WHERE n > 0 DO UPDATE SET n = excluded.n
--- out
INSERT INTO handles (id, handle, n) VALUES (100, 'ANN', 7) ON CONFLICT (lower(handle)) WHERE deleted_at IS NULL AND (n > 0) DO UPDATE SET n = excluded.n WHERE CASE WHEN handles.deleted_at IS NULL THEN true ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END

=== A predicate of the user's
why: the live predicate joins it
--- in
INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7) ON CONFLICT (handle) WHERE n IS NULL OR true DO NOTHING
--- out
INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7) ON CONFLICT (handle) WHERE deleted_at IS NULL AND (n IS NULL OR true) DO UPDATE SET deleted_at = handles.deleted_at WHERE CASE WHEN handles.deleted_at IS NULL THEN false ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END

=== A predicate that is there already
why: it is not added again
--- in
INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7) ON CONFLICT (handle) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n
--- out
INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7) ON CONFLICT (handle) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n WHERE CASE WHEN handles.deleted_at IS NULL THEN true ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END

=== A collation
why: it stands in the target's parentheses
--- in
INSERT INTO handles (id, handle) VALUES (100, 'ann') ON CONFLICT (handle COLLATE "default") DO NOTHING
--- out
INSERT INTO handles (id, handle) VALUES (100, 'ann') ON CONFLICT (handle COLLATE "default") WHERE deleted_at IS NULL DO UPDATE SET deleted_at = handles.deleted_at WHERE CASE WHEN handles.deleted_at IS NULL THEN false ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END

=== A constraint
why: a constraint is a full index; the live row is updated
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT ON CONSTRAINT accounts_login_key DO UPDATE SET n = excluded.n
--- out
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT ON CONSTRAINT accounts_login_key DO UPDATE SET n = excluded.n WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== A constraint, DO NOTHING
why: as above
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT ON CONSTRAINT accounts_login_key DO NOTHING
--- out
INSERT INTO accounts (id, login, n) VALUES (100, 'ann', 7) ON CONFLICT ON CONSTRAINT accounts_login_key DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== A constraint, a deleted row holds the key
why: as with a column
ours: 23505, a deleted row still holds the key
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'cid', 7) ON CONFLICT ON CONSTRAINT accounts_login_key DO NOTHING
--- out
INSERT INTO accounts (id, login, n) VALUES (100, 'cid', 7) ON CONFLICT ON CONSTRAINT accounts_login_key DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== INSERT … SELECT
why: ON ends the WHERE of the query
--- in
INSERT INTO accounts (id, login, n) SELECT id, name, age FROM users WHERE id = 1 OR id = 2 ON CONFLICT (id) DO UPDATE SET n = excluded.n
--- out
INSERT INTO accounts (id, login, n) SELECT id, name, age FROM users WHERE users.deleted_at IS NULL AND (id = 1 OR id = 2) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== INSERT … SELECT without WHERE
why: ON ends the FROM of the query
--- in
INSERT INTO cities (id, name) SELECT id, name FROM users ON CONFLICT (id) DO NOTHING
--- out
INSERT INTO cities (id, name) SELECT id, name FROM users WHERE users.deleted_at IS NULL ON CONFLICT (id) DO NOTHING

=== A column named conflict
why: the first ON CONFLICT is a join's, the second is the clause
--- in
INSERT INTO cities (id, name) SELECT u.id, u.name FROM users u JOIN (SELECT id, true AS conflict FROM orders) o ON conflict ON CONFLICT (id) DO NOTHING
--- out
INSERT INTO cities (id, name) SELECT u.id, u.name FROM users u JOIN (SELECT id, true AS conflict FROM orders WHERE orders.deleted_at IS NULL) o ON conflict WHERE u.deleted_at IS NULL ON CONFLICT (id) DO NOTHING

=== A column named conflict, in a policy table
why: as above, with the clause rewritten too
--- in
INSERT INTO accounts (id, login) SELECT u.id, u.name FROM users u JOIN (SELECT id AS oid, true AS conflict FROM orders LIMIT 1) o ON conflict AND u.id < 3 ON CONFLICT (id) DO NOTHING
--- out
INSERT INTO accounts (id, login) SELECT u.id, u.name FROM users u JOIN (SELECT id AS oid, true AS conflict FROM orders WHERE orders.deleted_at IS NULL LIMIT 1) o ON conflict AND u.id < 3 WHERE u.deleted_at IS NULL ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = accounts.deleted_at WHERE CASE WHEN accounts.deleted_at IS NULL THEN false ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END

=== A WITH query
why: the clause belongs to the inner statement
--- in
WITH i AS (INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7) ON CONFLICT (handle) DO UPDATE SET n = excluded.n RETURNING id) SELECT id FROM i
--- out
WITH i AS (INSERT INTO handles (id, handle, n) VALUES (100, 'ann', 7) ON CONFLICT (handle) WHERE deleted_at IS NULL DO UPDATE SET n = excluded.n WHERE CASE WHEN handles.deleted_at IS NULL THEN true ELSE ('softdelete:23505:handles:' || handles.deleted_at::text)::int = 0 END RETURNING id) SELECT id FROM i

=== A flag
why: live is NOT is_deleted
--- in
INSERT INTO features (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name
--- out
INSERT INTO features (id, name) VALUES (1, 'x') ON CONFLICT (id) WHERE NOT is_deleted DO UPDATE SET name = excluded.name WHERE CASE WHEN NOT features.is_deleted THEN true ELSE ('softdelete:23505:features:' || features.is_deleted::text)::int = 0 END

=== A flag, a deleted row holds the key
why: as with a time
ours: 23505, a deleted row still holds the key
--- in
INSERT INTO features (id, name) VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name
--- out
INSERT INTO features (id, name) VALUES (2, 'x') ON CONFLICT (id) WHERE NOT is_deleted DO UPDATE SET name = excluded.name WHERE CASE WHEN NOT features.is_deleted THEN true ELSE ('softdelete:23505:features:' || features.is_deleted::text)::int = 0 END

=== Unix seconds, a deleted row holds the key
why: as with a time
ours: 23505, a deleted row still holds the key
--- in
INSERT INTO visits (id, page) VALUES (2, 'x') ON CONFLICT (id) DO NOTHING
--- out
INSERT INTO visits (id, page) VALUES (2, 'x') ON CONFLICT (id) WHERE deleted_unix = 0 DO UPDATE SET deleted_unix = visits.deleted_unix WHERE CASE WHEN visits.deleted_unix = 0 THEN false ELSE ('softdelete:23505:visits:' || visits.deleted_unix::text)::int = 0 END

=== Under WithDeleted
twin: deleted rows are seen, so they may be updated
scope: with accounts
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'cid', 7) ON CONFLICT (login) DO UPDATE SET n = excluded.n, deleted_at = NULL
--- same

=== Under OnlyDeleted
why: live rows could be updated
scope: only accounts
--- in
INSERT INTO accounts (id, login, n) VALUES (100, 'cid', 7) ON CONFLICT (login) DO UPDATE SET n = excluded.n
--- refused
softdelete: refused INSERT on accounts at character 60: ON CONFLICT under OnlyDeleted could update live rows; use WithDeleted, or the default scope
