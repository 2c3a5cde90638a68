# UPDATE: the target, FROM, and every expression see live rows only.

=== An update
why: a deleted row cannot be edited
--- in
UPDATE users SET age = 50 WHERE name = 'Ann'
--- out
UPDATE users SET age = 50 WHERE users.deleted_at IS NULL AND (name = 'Ann')

=== An update outside the policy
twin: cities are not soft-deleted
--- in
UPDATE cities SET population = 0 WHERE id = 1
--- same

=== Without WHERE
why: live rows only
--- in
UPDATE users SET age = 1
--- out
UPDATE users SET age = 1 WHERE users.deleted_at IS NULL

=== An update of a deleted row
why: it counts no row
--- in
UPDATE users SET name = 'x' WHERE id = 3
--- out
UPDATE users SET name = 'x' WHERE users.deleted_at IS NULL AND (id = 3)

=== OR in the WHERE
why: parentheses
--- in
UPDATE users SET age = 1 WHERE id = 1 OR id = 3
--- out
UPDATE users SET age = 1 WHERE users.deleted_at IS NULL AND (id = 1 OR id = 3)

=== An alias
why: the condition uses it
--- in
UPDATE users AS u SET age = u.age + 1 WHERE u.age IS NOT NULL
--- out
UPDATE users AS u SET age = u.age + 1 WHERE u.deleted_at IS NULL AND (u.age IS NOT NULL)

=== An alias without AS
why: as above
--- in
UPDATE users u SET age = u.age + 1
--- out
UPDATE users u SET age = u.age + 1 WHERE u.deleted_at IS NULL

=== FROM
why: the join form; a deleted user's order is not touched
--- in
UPDATE orders SET status = u.name FROM users u WHERE orders.user_id = u.id
--- out
UPDATE orders SET status = u.name FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) WHERE orders.deleted_at IS NULL AND (orders.user_id = u.id)

=== FROM without WHERE
why: the WHERE stands behind the FROM
--- in
UPDATE notes SET body = features.name FROM features
--- out
UPDATE notes SET body = features.name FROM (features JOIN (SELECT) AS _sd1 ON NOT features.is_deleted) WHERE notes.deleted_at IS NULL

=== FROM a left join
why: the nullable side has its own form
--- in
UPDATE cities SET name = cities.name || coalesce(u.name, '?') FROM cities c2 LEFT JOIN users u ON u.id = c2.mayor_id WHERE c2.id = cities.id
--- out
UPDATE cities SET name = cities.name || coalesce(u.name, '?') FROM cities c2 LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c2.mayor_id WHERE c2.id = cities.id

=== FROM the same table
why: two references, two conditions
--- in
UPDATE users SET boss_id = b.boss_id FROM users b WHERE b.id = users.boss_id
--- out
UPDATE users SET boss_id = b.boss_id FROM (users b JOIN (SELECT) AS _sd1 ON b.deleted_at IS NULL) WHERE users.deleted_at IS NULL AND (b.id = users.boss_id)

=== FROM a sub-select
why: it is filtered inside
--- in
UPDATE users SET age = s.n FROM (SELECT user_id, count(*)::int AS n FROM orders GROUP BY user_id) s WHERE s.user_id = users.id
--- out
UPDATE users SET age = s.n FROM (SELECT user_id, count(*)::int AS n FROM orders WHERE orders.deleted_at IS NULL GROUP BY user_id) s WHERE users.deleted_at IS NULL AND (s.user_id = users.id)

=== FROM in an update outside the policy
why: only live users count
--- in
UPDATE cities SET name = u.name FROM users u WHERE u.id = cities.mayor_id
--- out
UPDATE cities SET name = u.name FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) WHERE u.id = cities.mayor_id

=== A sub-select in SET
why: it is filtered where it stands
--- in
UPDATE users SET age = (SELECT count(*) FROM orders o WHERE o.user_id = users.id)
--- out
UPDATE users SET age = (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = users.id)) WHERE users.deleted_at IS NULL

=== A sub-select for several columns
why: the tree holds it once for each column, the text once
--- in
UPDATE users SET (name, age) = (SELECT o.status, count(*) FROM orders o WHERE o.user_id = users.id GROUP BY o.status ORDER BY 1 LIMIT 1) WHERE id = 1
--- out
UPDATE users SET (name, age) = (SELECT o.status, count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = users.id) GROUP BY o.status ORDER BY 1 LIMIT 1) WHERE users.deleted_at IS NULL AND (id = 1)

=== A sub-select for several columns, with joins
why: as above, with aliases of ours
--- in
UPDATE users SET (name, email, age) = (SELECT c.name, u.email, u.id FROM cities c LEFT JOIN users u ON u.id = c.mayor_id WHERE c.id = users.id) WHERE id < 4
--- out
UPDATE users SET (name, email, age) = (SELECT c.name, u.email, u.id FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id WHERE c.id = users.id) WHERE users.deleted_at IS NULL AND (id < 4)

=== A row for several columns
why: the sub-selects within it stand in the text once
--- in
UPDATE users SET (age, boss_id) = ROW((SELECT max(id) FROM orders), (SELECT max(id) FROM users b)) WHERE id = 1
--- out
UPDATE users SET (age, boss_id) = ROW((SELECT max(id) FROM orders WHERE orders.deleted_at IS NULL), (SELECT max(id) FROM users b WHERE b.deleted_at IS NULL)) WHERE users.deleted_at IS NULL AND (id = 1)

=== Several multiple assignments
why: each has a sub-select of its own
--- in
UPDATE users SET (name, age) = (SELECT 'x', count(*) FROM orders), (email, boss_id) = (SELECT 'y', count(*) FROM items), data = NULL WHERE id = 1
--- out
UPDATE users SET (name, age) = (SELECT 'x', count(*) FROM orders WHERE orders.deleted_at IS NULL), (email, boss_id) = (SELECT 'y', count(*) FROM items WHERE items.deleted_at IS NULL), data = NULL WHERE users.deleted_at IS NULL AND (id = 1)

=== DEFAULT
twin: no expression
--- in
UPDATE users SET (age, tags) = (DEFAULT, '{x}'), data = DEFAULT WHERE id = 1
--- out
UPDATE users SET (age, tags) = (DEFAULT, '{x}'), data = DEFAULT WHERE users.deleted_at IS NULL AND (id = 1)

=== Subscripts and fields in SET
why: what is assigned to is kept
--- in
UPDATE users SET tags[1] = 'x', tags[2:3] = '{y,z}', data['level'] = '7' WHERE id = 1
--- out
UPDATE users SET tags[1] = 'x', tags[2:3] = '{y,z}', data['level'] = '7' WHERE users.deleted_at IS NULL AND (id = 1)

=== RETURNING
why: the new row, and a sub-select
--- in
UPDATE orders SET total = total * 2 WHERE user_id = 1 RETURNING id, total, (SELECT count(*) FROM items i WHERE i.order_id = orders.id)
--- out
UPDATE orders SET total = total * 2 WHERE orders.deleted_at IS NULL AND (user_id = 1) RETURNING id, total, (SELECT count(*) FROM items i WHERE i.deleted_at IS NULL AND (i.order_id = orders.id))

=== RETURNING everything
why: the marker reads as live
--- in
UPDATE orders SET total = total * 2 WHERE user_id = 1 RETURNING *
--- out
UPDATE orders SET total = total * 2 WHERE orders.deleted_at IS NULL AND (user_id = 1) RETURNING *

=== A sub-select in the WHERE
why: filtered where it stands
--- in
UPDATE orders SET status = 'orphan' WHERE user_id NOT IN (SELECT id FROM users)
--- out
UPDATE orders SET status = 'orphan' WHERE orders.deleted_at IS NULL AND (user_id NOT IN (SELECT id FROM users WHERE users.deleted_at IS NULL))

=== ONLY
why: ONLY belongs to the target
--- in
UPDATE ONLY animals SET name = 'x'
--- out
UPDATE ONLY animals SET name = 'x' WHERE animals.deleted_at IS NULL

=== ONLY in parentheses
why: as above
--- in
UPDATE ONLY (animals) AS a SET name = 'x' WHERE a.id > 0
--- out
UPDATE ONLY (animals) AS a SET name = 'x' WHERE a.deleted_at IS NULL AND (a.id > 0)

=== An inheritance parent
why: rows of the children count
--- in
UPDATE animals SET name = upper(name)
--- out
UPDATE animals SET name = upper(name) WHERE animals.deleted_at IS NULL

=== A row that moves to another partition
why: the marker moves along
--- in
UPDATE metrics SET day = '2024-02-02' WHERE id = 1
--- out
UPDATE metrics SET day = '2024-02-02' WHERE metrics.deleted_at IS NULL AND (id = 1)

=== CASE in SET
why: its keywords end nothing
--- in
UPDATE users SET name = CASE WHEN age > 40 THEN 'old' ELSE 'young' END WHERE age IS NOT NULL RETURNING name
--- out
UPDATE users SET name = CASE WHEN age > 40 THEN 'old' ELSE 'young' END WHERE users.deleted_at IS NULL AND (age IS NOT NULL) RETURNING name

=== A flag
why: live is NOT is_deleted
--- in
UPDATE features SET enabled = true
--- out
UPDATE features SET enabled = true WHERE NOT features.is_deleted

=== Unix seconds
why: live is 0
--- in
UPDATE visits SET page = '/x' WHERE user_id = 1
--- out
UPDATE visits SET page = '/x' WHERE visits.deleted_unix = 0 AND (user_id = 1)

=== A soft deletion by hand
why: this is what ORMs send; deleted rows keep their first time
--- in
UPDATE users SET deleted_at = '2025-01-01' WHERE id IN (1, 3) RETURNING id
--- twin
DELETE FROM users WHERE id IN (1, 3) RETURNING id
--- out
UPDATE users SET deleted_at = '2025-01-01' WHERE users.deleted_at IS NULL AND (id IN (1, 3)) RETURNING id

=== A restoration by hand
twin: in the live scope there is nothing to restore
--- in
UPDATE users SET deleted_at = NULL WHERE id = 3
--- out
UPDATE users SET deleted_at = NULL WHERE users.deleted_at IS NULL AND (id = 3)

=== A condition that is there already
why: it is not added again
--- in
UPDATE users SET age = 1 WHERE users.deleted_at IS NULL AND id = 1
--- same

=== A target that is a WITH query's namesake
why: a target is never a query
--- in
WITH users AS (SELECT 1 AS id) UPDATE users SET age = 0 WHERE id IN (SELECT id FROM users)
--- out
WITH users AS (SELECT 1 AS id) UPDATE users SET age = 0 WHERE users.deleted_at IS NULL AND (id IN (SELECT id FROM users))

=== The name of the target in FROM
twin: a condition on users.deleted_at would be ambiguous
--- in
UPDATE users SET age = 1 FROM s2.users WHERE public.users.id = 1
--- refused
softdelete: refused UPDATE on users at character 8: "users" is both the target and a source, and a condition on it would be ambiguous; give the target an alias

=== One condition there already, FROM another table
why: the source has its own form
--- in
UPDATE orders SET total = 1 FROM users u WHERE orders.deleted_at IS NULL AND u.deleted_at IS NULL AND u.id = orders.user_id
--- out
UPDATE orders SET total = 1 FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) WHERE orders.deleted_at IS NULL AND u.deleted_at IS NULL AND u.id = orders.user_id

=== WHERE true
why: a constant is a condition like others
--- in
UPDATE orders SET total = 1 WHERE true
--- out
UPDATE orders SET total = 1 WHERE orders.deleted_at IS NULL AND (true)
