# DELETE becomes UPDATE … SET the marker, on live rows only.

=== A deletion
why: the row stays, with the time of its deletion
--- in
DELETE FROM users WHERE id = 1
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1)

=== A deletion from a table outside the policy
twin: cities are really deleted from
--- in
DELETE FROM cities WHERE id = 1
--- same

=== A deletion of a deleted row
why: it counts no row, and keeps the time of the first deletion
--- in
DELETE FROM users WHERE id = 3
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 3)

=== A deletion without WHERE
why: every live row, and no deleted one
--- in
DELETE FROM orders
--- out
UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL

=== OR in the WHERE
why: without parentheses the condition would hold for the second half only
--- in
DELETE FROM users WHERE id = 1 OR name = 'Ann'
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1 OR name = 'Ann')

=== An alias
why: the marker is assigned without the alias, and tested with it
--- in
DELETE FROM users AS u WHERE u.id = 2
--- out
UPDATE users AS u SET deleted_at = now() WHERE u.deleted_at IS NULL AND (u.id = 2)

=== An alias without AS
why: as above
--- in
DELETE FROM users u WHERE u.id IN (1, 3)
--- out
UPDATE users u SET deleted_at = now() WHERE u.deleted_at IS NULL AND (u.id IN (1, 3))

=== A parameter
why: its number stays
args: 2
--- in
DELETE FROM users WHERE id = $1
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = $1)

=== A parameter used twice
why: nothing is renumbered
args: 41, 'Ann'
--- in
DELETE FROM users WHERE age = $1 AND (name = $2 OR name || 'x' = $2 || 'x' AND age = $1)
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (age = $1 AND (name = $2 OR name || 'x' = $2 || 'x' AND age = $1))

=== USING
why: it becomes FROM, in the join form
--- in
DELETE FROM orders USING users WHERE orders.user_id = users.id AND users.name = 'Bob'
--- out
UPDATE orders SET deleted_at = now() FROM (users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) WHERE orders.deleted_at IS NULL AND (orders.user_id = users.id AND users.name = 'Bob')

=== USING without WHERE
why: the WHERE stands behind the FROM
--- in
DELETE FROM notes USING features
--- out
UPDATE notes SET deleted_at = now() FROM (features JOIN (SELECT) AS _sd1 ON NOT features.is_deleted) WHERE notes.deleted_at IS NULL

=== USING several items
why: each has its own form
--- in
DELETE FROM items AS i USING orders o, users u WHERE i.order_id = o.id AND o.user_id = u.id AND u.id < 5
--- out
UPDATE items AS i SET deleted_at = now() FROM (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL), (users u JOIN (SELECT) AS _sd2 ON u.deleted_at IS NULL) WHERE i.deleted_at IS NULL AND (i.order_id = o.id AND o.user_id = u.id AND u.id < 5)

=== USING a join
why: within the join each item has its own form
--- in
DELETE FROM items i USING orders o LEFT JOIN users u ON u.id = o.user_id WHERE i.order_id = o.id AND u.id IS NULL
--- out
UPDATE items i SET deleted_at = now() FROM (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) LEFT JOIN (users u JOIN (SELECT) AS _sd2 ON u.deleted_at IS NULL) ON u.id = o.user_id WHERE i.deleted_at IS NULL AND (i.order_id = o.id AND u.id IS NULL)

=== USING the same table
why: without a condition on b a deleted twin would take a live row along
--- in
DELETE FROM users a USING users b WHERE a.name = b.name AND a.id < b.id
--- out
UPDATE users a SET deleted_at = now() FROM (users b JOIN (SELECT) AS _sd1 ON b.deleted_at IS NULL) WHERE a.deleted_at IS NULL AND (a.name = b.name AND a.id < b.id)

=== USING a table outside the policy
twin: cities need no condition
--- in
DELETE FROM users USING cities WHERE cities.mayor_id = users.id
--- out
UPDATE users SET deleted_at = now() FROM cities WHERE users.deleted_at IS NULL AND (cities.mayor_id = users.id)

=== USING a sub-select
why: it is filtered inside
--- in
DELETE FROM orders USING (SELECT id FROM users WHERE age > 40) AS u WHERE orders.user_id = u.id
--- out
UPDATE orders SET deleted_at = now() FROM (SELECT id FROM users WHERE users.deleted_at IS NULL AND (age > 40)) AS u WHERE orders.deleted_at IS NULL AND (orders.user_id = u.id)

=== USING a function
twin: it reads nothing
--- in
DELETE FROM orders USING generate_series(100, 103) AS g WHERE orders.id = g
--- out
UPDATE orders SET deleted_at = now() FROM generate_series(100, 103) AS g WHERE orders.deleted_at IS NULL AND (orders.id = g)

=== A deletion from a table outside the policy USING one inside
why: only live users count
--- in
DELETE FROM cities USING users WHERE cities.mayor_id = users.id
--- out
DELETE FROM cities USING (users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) WHERE cities.mayor_id = users.id

=== A sub-select in the WHERE
why: it is filtered where it stands
--- in
DELETE FROM orders WHERE user_id NOT IN (SELECT id FROM users)
--- out
UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL AND (user_id NOT IN (SELECT id FROM users WHERE users.deleted_at IS NULL))

=== A correlated sub-select over the same table
why: two references, two conditions
--- in
DELETE FROM users u WHERE EXISTS (SELECT 1 FROM users b WHERE b.name = u.name AND b.id < u.id)
--- out
UPDATE users u SET deleted_at = now() WHERE u.deleted_at IS NULL AND (EXISTS (SELECT 1 FROM users b WHERE b.deleted_at IS NULL AND (b.name = u.name AND b.id < u.id)))

=== ONLY
why: ONLY belongs to the target
--- in
DELETE FROM ONLY animals WHERE id > 0
--- out
UPDATE ONLY animals SET deleted_at = now() WHERE animals.deleted_at IS NULL AND (id > 0)

=== ONLY in parentheses
why: as above
--- in
DELETE FROM ONLY (animals) AS a WHERE a.id > 0
--- out
UPDATE ONLY (animals) AS a SET deleted_at = now() WHERE a.deleted_at IS NULL AND (a.id > 0)

=== A star behind the target
why: as above
--- in
DELETE FROM animals * WHERE id > 0
--- out
UPDATE animals * SET deleted_at = now() WHERE animals.deleted_at IS NULL AND (id > 0)

=== An inheritance parent
why: rows of the children are marked too
--- in
DELETE FROM animals WHERE name IN ('Tom', 'Rex')
--- out
UPDATE animals SET deleted_at = now() WHERE animals.deleted_at IS NULL AND (name IN ('Tom', 'Rex'))

=== A partitioned table
why: the rows stay in their partitions
--- in
DELETE FROM metrics WHERE value = 7
--- out
UPDATE metrics SET deleted_at = now() WHERE metrics.deleted_at IS NULL AND (value = 7)

=== RETURNING
why: the row as it was
--- in
DELETE FROM users WHERE id < 4 RETURNING id, name, age * 2 AS twice
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id < 4) RETURNING id, name, age * 2 AS twice

=== RETURNING everything
why: all columns but the marker are those of the old row
--- in
DELETE FROM users WHERE id < 4 RETURNING *
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id < 4) RETURNING *

=== RETURNING everything of everything
why: a helper in FROM would add columns here
--- in
DELETE FROM orders o USING users u WHERE o.user_id = u.id AND u.id = 1 RETURNING *
--- out
UPDATE orders o SET deleted_at = now() FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) WHERE o.deleted_at IS NULL AND (o.user_id = u.id AND u.id = 1) RETURNING *

=== RETURNING with a sub-select
why: it is filtered where it stands
--- in
DELETE FROM users WHERE id = 1 RETURNING id, (SELECT count(*) FROM orders o WHERE o.user_id = users.id)
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1) RETURNING id, (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = users.id))

=== RETURNING from a table outside the policy
twin: a real deletion, whose RETURNING reads live rows
--- in
DELETE FROM cities WHERE id = 1 RETURNING name, (SELECT name FROM users WHERE users.id = mayor_id)
--- out
DELETE FROM cities WHERE id = 1 RETURNING name, (SELECT name FROM users WHERE users.deleted_at IS NULL AND (users.id = mayor_id))

=== RETURNING the system columns
why: the target is still the table
--- in
DELETE FROM users WHERE id = 1 RETURNING tableoid::regclass, id
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1) RETURNING tableoid::regclass, id

=== The WHERE is evaluated once
why: repeated in a WITH query, a random condition would lose rows
rows: differ, the rows are drawn at random
--- in
WITH d AS (DELETE FROM users WHERE random() < 2 RETURNING id) SELECT count(*) FROM d
--- out
WITH d AS (UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (random() < 2) RETURNING id) SELECT count(*) FROM d

=== A deletion that divides
why: live goes first, and deleted rows have an age of 0
--- in
DELETE FROM users WHERE 100 / age > 3
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (100 / age > 3)

=== A schema
why: the name is qualified
--- in
DELETE FROM public.users WHERE public.users.id = 1
--- out
UPDATE public.users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (public.users.id = 1)

=== Another schema
why: s2.users is another table of the policy
--- in
DELETE FROM s2.users WHERE id = 1
--- out
UPDATE s2.users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1)

=== Two deletions in one text
why: each statement is rewritten
--- in
DELETE FROM orders WHERE user_id = 1; DELETE FROM users WHERE id = 1
--- out
UPDATE orders SET deleted_at = now() WHERE orders.deleted_at IS NULL AND (user_id = 1); UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1)

=== A flag
why: the marker is true
--- in
DELETE FROM features WHERE id = 1
--- out
UPDATE features SET is_deleted = true WHERE NOT features.is_deleted AND (id = 1)

=== A flag without WHERE
why: deleted rows are not touched
--- in
DELETE FROM features
--- out
UPDATE features SET is_deleted = true WHERE NOT features.is_deleted

=== Unix seconds
why: the marker is a number of seconds
--- in
DELETE FROM visits WHERE page = '/'
--- out
UPDATE visits SET deleted_unix = floor(extract(epoch FROM now()))::bigint WHERE visits.deleted_unix = 0 AND (page = '/')

=== Unix milliseconds
why: the marker is a number of milliseconds
--- in
DELETE FROM clicks USING visits WHERE visits.id = clicks.visit_id
--- out
UPDATE clicks SET deleted_ms = floor(extract(epoch FROM now()) * 1000)::bigint FROM (visits JOIN (SELECT) AS _sd1 ON visits.deleted_unix = 0) WHERE clicks.deleted_ms = 0 AND (visits.id = clicks.visit_id)

=== Unix nanoseconds
why: the marker is a number of nanoseconds
--- in
DELETE FROM ticks WHERE n = 2 RETURNING id, n
--- out
UPDATE ticks SET deleted_ns = floor(extract(epoch FROM now()) * 1000000000)::bigint WHERE ticks.deleted_ns = 0 AND (n = 2) RETURNING id, n

=== A condition that is there already
why: it is not added again
--- in
DELETE FROM users WHERE users.deleted_at IS NULL AND id = 1
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND id = 1

=== An ORM's condition
twin: an unqualified condition is another one
--- in
DELETE FROM users WHERE deleted_at IS NULL AND id = 1
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (deleted_at IS NULL AND id = 1)

=== A purge by hand
twin: deleted rows are out of reach; HardDelete reaches them
--- in
DELETE FROM users WHERE deleted_at IS NOT NULL
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (deleted_at IS NOT NULL)

=== The name of the target in USING
twin: PostgreSQL refuses it too (42712)
--- in
DELETE FROM users USING users WHERE users.id = 1
--- refused
softdelete: refused DELETE on users at character 13: "users" is both the target and a source, and a condition on it would be ambiguous; give the target an alias

=== The name of the target in another schema
twin: a condition on users.deleted_at would be ambiguous
--- in
DELETE FROM users USING s2.users WHERE public.users.id = 1
--- refused
softdelete: refused DELETE on users at character 13: "users" is both the target and a source, and a condition on it would be ambiguous; give the target an alias

=== A composite key
why: the key plays no part
--- in
DELETE FROM members WHERE (user_id, group_id) IN ((1, 1), (1, 2), (4, 2)) RETURNING user_id, group_id
--- out
UPDATE members SET deleted_at = now() WHERE members.deleted_at IS NULL AND ((user_id, group_id) IN ((1, 1), (1, 2), (4, 2))) RETURNING user_id, group_id

=== DELETE without a space
why: the tokens count, not the spaces
--- in
DELETE FROM"users"WHERE"id"=1
--- out
UPDATE"users" SET deleted_at = now()WHERE users.deleted_at IS NULL AND ("id"=1)

=== An alias that is the word of the assignment
twin: PostgreSQL's grammar does not take SET for an alias either
--- in
DELETE FROM users set WHERE set.id = 1
--- refused
softdelete: refused at character 19: PostgreSQL's parser (version 16) says: syntax error at or near "set"; correct it, or use a connection without the driver if the server is newer

=== USING a LATERAL sub-select
twin: it cannot see the target, on both sides
error: 42P10
--- in
DELETE FROM users u USING LATERAL (SELECT o.id FROM orders o WHERE o.user_id = u.id) l WHERE l.id = 100
--- out
UPDATE users u SET deleted_at = now() FROM LATERAL (SELECT o.id FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id)) l WHERE u.deleted_at IS NULL AND (l.id = 100)

=== WHERE FALSE
why: what Ent sends for an empty list
--- in
DELETE FROM users WHERE FALSE
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (FALSE)
