# Sub-selects in every position in which the grammar allows an expression.

=== In the select list
why: a scalar sub-select counts live rows
--- in
SELECT (SELECT count(*) FROM orders) AS n
--- out
SELECT (SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL) AS n

=== In the select list over a table outside the policy
twin: cities are not soft-deleted
--- in
SELECT (SELECT count(*) FROM cities) AS n
--- same

=== Correlated in the select list
why: the inner condition is on the inner table only
--- in
SELECT c.name, (SELECT u.name FROM users u WHERE u.id = c.mayor_id) FROM cities c
--- out
SELECT c.name, (SELECT u.name FROM users u WHERE u.deleted_at IS NULL AND (u.id = c.mayor_id)) FROM cities c

=== IN
why: a deleted order counts no more
--- in
SELECT name FROM cities WHERE mayor_id IN (SELECT id FROM users)
--- out
SELECT name FROM cities WHERE mayor_id IN (SELECT id FROM users WHERE users.deleted_at IS NULL)

=== NOT IN
why: a deleted row must not exclude anything
--- in
SELECT id FROM notes WHERE id NOT IN (SELECT qty FROM items WHERE qty IS NOT NULL)
--- out
SELECT id FROM notes WHERE notes.deleted_at IS NULL AND (id NOT IN (SELECT qty FROM items WHERE items.deleted_at IS NULL AND (qty IS NOT NULL)))

=== ANY and ALL
why: as IN
--- in
SELECT id FROM cities WHERE population > ALL (SELECT age FROM users WHERE age > 0) AND id = ANY (SELECT id FROM features)
--- out
SELECT id FROM cities WHERE population > ALL (SELECT age FROM users WHERE users.deleted_at IS NULL AND (age > 0)) AND id = ANY (SELECT id FROM features WHERE NOT features.is_deleted)

=== A row IN
why: as IN
--- in
SELECT id FROM notes WHERE (user_id, pinned) IN (SELECT id, true FROM users)
--- out
SELECT id FROM notes WHERE notes.deleted_at IS NULL AND ((user_id, pinned) IN (SELECT id, true FROM users WHERE users.deleted_at IS NULL))

=== EXISTS in EXISTS
why: each level is filtered
--- in
SELECT id FROM cities c WHERE EXISTS (SELECT FROM users u WHERE u.id = c.mayor_id AND NOT EXISTS (SELECT FROM orders o WHERE o.user_id = u.id AND o.status = 'open'))
--- out
SELECT id FROM cities c WHERE EXISTS (SELECT FROM users u WHERE u.deleted_at IS NULL AND (u.id = c.mayor_id AND NOT EXISTS (SELECT FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id AND o.status = 'open'))))

=== ARRAY
why: the array holds live rows
--- in
SELECT c.id, ARRAY(SELECT u.id FROM users u WHERE u.id >= c.id ORDER BY 1) FROM cities c
--- out
SELECT c.id, ARRAY(SELECT u.id FROM users u WHERE u.deleted_at IS NULL AND (u.id >= c.id) ORDER BY 1) FROM cities c

=== CASE
why: each branch is an expression
--- in
SELECT CASE WHEN (SELECT max(age) FROM users) > 50 THEN (SELECT min(total) FROM orders) ELSE (SELECT max(total) FROM orders) END
--- out
SELECT CASE WHEN (SELECT max(age) FROM users WHERE users.deleted_at IS NULL) > 50 THEN (SELECT min(total) FROM orders WHERE orders.deleted_at IS NULL) ELSE (SELECT max(total) FROM orders WHERE orders.deleted_at IS NULL) END

=== CASE with an operand
why: the operand is an expression
--- in
SELECT CASE (SELECT count(*) FROM features) WHEN 2 THEN 'two' WHEN (SELECT count(*) FROM notes) THEN 'notes' END
--- out
SELECT CASE (SELECT count(*) FROM features WHERE NOT features.is_deleted) WHEN 2 THEN 'two' WHEN (SELECT count(*) FROM notes WHERE notes.deleted_at IS NULL) THEN 'notes' END

=== A function's argument
why: arguments are expressions
--- in
SELECT coalesce((SELECT name FROM users WHERE id = 3), 'nobody'), nullif((SELECT count(*) FROM users), 0), greatest(1, (SELECT max(qty) FROM items))
--- out
SELECT coalesce((SELECT name FROM users WHERE users.deleted_at IS NULL AND (id = 3)), 'nobody'), nullif((SELECT count(*) FROM users WHERE users.deleted_at IS NULL), 0), greatest(1, (SELECT max(qty) FROM items WHERE items.deleted_at IS NULL))

=== A named argument
why: the value behind => is an expression
--- in
SELECT * FROM pair(b => (SELECT count(*)::int FROM users), a => 1)
--- out
SELECT * FROM pair(b => (SELECT count(*)::int FROM users WHERE users.deleted_at IS NULL), a => 1)

=== A VARIADIC argument
why: the array behind VARIADIC is an expression
--- in
SELECT add_up(VARIADIC ARRAY(SELECT qty FROM items WHERE qty IS NOT NULL))
--- out
SELECT add_up(VARIADIC ARRAY(SELECT qty FROM items WHERE items.deleted_at IS NULL AND (qty IS NOT NULL)))

=== An aggregate's argument
why: arguments are expressions
--- in
SELECT sum((SELECT count(*) FROM orders o WHERE o.user_id = u.id)) FROM users u
--- out
SELECT sum((SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id))) FROM users u WHERE u.deleted_at IS NULL

=== FILTER
why: the filter is an expression
--- in
SELECT count(*) FILTER (WHERE c.mayor_id IN (SELECT id FROM users)) FROM cities c
--- out
SELECT count(*) FILTER (WHERE c.mayor_id IN (SELECT id FROM users WHERE users.deleted_at IS NULL)) FROM cities c

=== ORDER BY in an aggregate
why: the sort key is an expression
--- in
SELECT string_agg(c.name, ',' ORDER BY (SELECT u.name FROM users u WHERE u.id = c.mayor_id) NULLS LAST, c.id) FROM cities c
--- out
SELECT string_agg(c.name, ',' ORDER BY (SELECT u.name FROM users u WHERE u.deleted_at IS NULL AND (u.id = c.mayor_id)) NULLS LAST, c.id) FROM cities c

=== WITHIN GROUP
why: the sort key is an expression, and so is the direct argument
--- in
SELECT percentile_disc((SELECT 0.5 FROM users LIMIT 1)) WITHIN GROUP (ORDER BY (SELECT count(*) FROM orders o WHERE o.user_id = c.mayor_id)) FROM cities c
--- out
SELECT percentile_disc((SELECT 0.5 FROM users WHERE users.deleted_at IS NULL LIMIT 1)) WITHIN GROUP (ORDER BY (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = c.mayor_id))) FROM cities c

=== OVER
why: partition and order are expressions
--- in
SELECT c.id, count(*) OVER (PARTITION BY c.mayor_id IN (SELECT id FROM users) ORDER BY (SELECT count(*) FROM orders o WHERE o.user_id = c.mayor_id)) FROM cities c
--- out
SELECT c.id, count(*) OVER (PARTITION BY c.mayor_id IN (SELECT id FROM users WHERE users.deleted_at IS NULL) ORDER BY (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = c.mayor_id))) FROM cities c

=== A WINDOW clause
why: as OVER
--- in
SELECT c.id, rank() OVER w FROM cities c WINDOW w AS (ORDER BY (SELECT count(*) FROM orders o WHERE o.user_id = c.mayor_id))
--- out
SELECT c.id, rank() OVER w FROM cities c WINDOW w AS (ORDER BY (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = c.mayor_id)))

=== A window's frame
why: the offsets are expressions
--- in
SELECT c.id, count(*) OVER (ORDER BY c.id ROWS BETWEEN (SELECT count(*) FROM features WHERE enabled) PRECEDING AND CURRENT ROW) FROM cities c
--- out
SELECT c.id, count(*) OVER (ORDER BY c.id ROWS BETWEEN (SELECT count(*) FROM features WHERE NOT features.is_deleted AND (enabled)) PRECEDING AND CURRENT ROW) FROM cities c

=== LIMIT and OFFSET
why: the counts are expressions
order: total
--- in
SELECT id FROM cities ORDER BY id LIMIT (SELECT count(*) FROM features) OFFSET (SELECT count(*) - 1 FROM features)
--- out
SELECT id FROM cities ORDER BY id LIMIT (SELECT count(*) FROM features WHERE NOT features.is_deleted) OFFSET (SELECT count(*) - 1 FROM features WHERE NOT features.is_deleted)

=== FETCH FIRST with an expression
why: the count is an expression
order: total
--- in
SELECT id FROM cities ORDER BY id FETCH FIRST (SELECT count(*) FROM features) ROWS ONLY
--- out
SELECT id FROM cities ORDER BY id FETCH FIRST (SELECT count(*) FROM features WHERE NOT features.is_deleted) ROWS ONLY

=== ORDER BY
why: the sort key is an expression
order: total
--- in
SELECT c.id FROM cities c ORDER BY (SELECT count(*) FROM orders o WHERE o.user_id = c.mayor_id) DESC, c.id
--- out
SELECT c.id FROM cities c ORDER BY (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = c.mayor_id)) DESC, c.id

=== DISTINCT ON
why: the key is an expression
--- in
SELECT DISTINCT ON (c.mayor_id IN (SELECT id FROM users)) c.mayor_id IN (SELECT id FROM users) FROM cities c
--- out
SELECT DISTINCT ON (c.mayor_id IN (SELECT id FROM users WHERE users.deleted_at IS NULL)) c.mayor_id IN (SELECT id FROM users WHERE users.deleted_at IS NULL) FROM cities c

=== GROUP BY
why: the key is an expression
--- in
SELECT count(*) FROM cities c GROUP BY (SELECT u.name FROM users u WHERE u.id = c.mayor_id)
--- out
SELECT count(*) FROM cities c GROUP BY (SELECT u.name FROM users u WHERE u.deleted_at IS NULL AND (u.id = c.mayor_id))

=== GROUPING SETS
why: the keys are expressions
--- in
SELECT count(*) FROM cities c GROUP BY GROUPING SETS ((c.mayor_id IN (SELECT id FROM users)), ())
--- out
SELECT count(*) FROM cities c GROUP BY GROUPING SETS ((c.mayor_id IN (SELECT id FROM users WHERE users.deleted_at IS NULL)), ())

=== HAVING
why: the condition is an expression
--- in
SELECT mayor_id FROM cities GROUP BY mayor_id HAVING count(*) < (SELECT count(*) FROM features)
--- out
SELECT mayor_id FROM cities GROUP BY mayor_id HAVING count(*) < (SELECT count(*) FROM features WHERE NOT features.is_deleted)

=== JOIN ON
why: the condition is an expression
--- in
SELECT a.id, b.id FROM cities a LEFT JOIN cities b ON b.id = (SELECT count(*) FROM features)
--- out
SELECT a.id, b.id FROM cities a LEFT JOIN cities b ON b.id = (SELECT count(*) FROM features WHERE NOT features.is_deleted)

=== FROM
why: a derived table is a query
--- in
SELECT s.id FROM (SELECT id FROM users) AS s
--- out
SELECT s.id FROM (SELECT id FROM users WHERE users.deleted_at IS NULL) AS s

=== FROM with a set operation
why: both arms are queries
--- in
SELECT s.id FROM (SELECT id FROM users UNION SELECT id FROM orders) AS s
--- out
SELECT s.id FROM (SELECT id FROM users WHERE users.deleted_at IS NULL UNION SELECT id FROM orders WHERE orders.deleted_at IS NULL) AS s

=== FROM in a function
why: a function's arguments in FROM are expressions
--- in
SELECT g FROM generate_series(1, (SELECT max(qty) FROM items)) g
--- out
SELECT g FROM generate_series(1, (SELECT max(qty) FROM items WHERE items.deleted_at IS NULL)) g

=== ROWS FROM
why: as above
--- in
SELECT * FROM ROWS FROM (generate_series(1, (SELECT count(*) FROM features)), unnest(ARRAY(SELECT id FROM users ORDER BY 1))) WITH ORDINALITY AS r (a, b, c)
--- out
SELECT * FROM ROWS FROM (generate_series(1, (SELECT count(*) FROM features WHERE NOT features.is_deleted)), unnest(ARRAY(SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY 1))) WITH ORDINALITY AS r (a, b, c)

=== XMLTABLE
why: document, row and columns are expressions
--- in
SELECT x.* FROM XMLTABLE('/r/u' PASSING (SELECT xmlelement(name r, xmlagg(xmlelement(name u, id) ORDER BY id)) FROM users) COLUMNS id int PATH '.', n int PATH 'nothing' DEFAULT (SELECT count(*)::int FROM features)) AS x
--- out
SELECT x.* FROM XMLTABLE('/r/u' PASSING (SELECT xmlelement(name r, xmlagg(xmlelement(name u, id) ORDER BY id)) FROM users WHERE users.deleted_at IS NULL) COLUMNS id int PATH '.', n int PATH 'nothing' DEFAULT (SELECT count(*)::int FROM features WHERE NOT features.is_deleted)) AS x

=== XML functions
why: their arguments are expressions
--- in
SELECT xmlforest((SELECT count(*) FROM users) AS n), xmlelement(name e, xmlattributes((SELECT count(*) FROM orders) AS k))
--- out
SELECT xmlforest((SELECT count(*) FROM users WHERE users.deleted_at IS NULL) AS n), xmlelement(name e, xmlattributes((SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL) AS k))

=== A subscript
why: the subscript is an expression
--- in
SELECT (ARRAY[10, 20, 30, 40])[(SELECT count(*) FROM features)], (ARRAY[10, 20, 30, 40])[(SELECT min(id) FROM features):(SELECT count(*) FROM features)]
--- out
SELECT (ARRAY[10, 20, 30, 40])[(SELECT count(*) FROM features WHERE NOT features.is_deleted)], (ARRAY[10, 20, 30, 40])[(SELECT min(id) FROM features WHERE NOT features.is_deleted):(SELECT count(*) FROM features WHERE NOT features.is_deleted)]

=== A field of a sub-select
why: what stands before .name is an expression
--- in
SELECT (SELECT u FROM users u WHERE u.id = 1).name, (SELECT u FROM users u WHERE u.id = 3).name
--- out
SELECT (SELECT u FROM users u WHERE u.deleted_at IS NULL AND (u.id = 1)).name, (SELECT u FROM users u WHERE u.deleted_at IS NULL AND (u.id = 3)).name

=== A cast of a sub-select
why: what is cast is an expression
--- in
SELECT (SELECT count(*) FROM users)::text || CAST((SELECT count(*) FROM orders) AS text)
--- out
SELECT (SELECT count(*) FROM users WHERE users.deleted_at IS NULL)::text || CAST((SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL) AS text)

=== COLLATE
why: what is collated is an expression
--- in
SELECT (SELECT max(name) FROM users) COLLATE "C"
--- out
SELECT (SELECT max(name) FROM users WHERE users.deleted_at IS NULL) COLLATE "C"

=== IS NULL, IS TRUE, IS DISTINCT FROM
why: what is tested is an expression
--- in
SELECT (SELECT name FROM users WHERE id = 3) IS NULL, (SELECT enabled FROM features WHERE id = 4) IS TRUE, (SELECT name FROM users WHERE id = 12) IS DISTINCT FROM 'x'
--- out
SELECT (SELECT name FROM users WHERE users.deleted_at IS NULL AND (id = 3)) IS NULL, (SELECT enabled FROM features WHERE NOT features.is_deleted AND (id = 4)) IS TRUE, (SELECT name FROM users WHERE users.deleted_at IS NULL AND (id = 12)) IS DISTINCT FROM 'x'

=== BETWEEN and LIKE
why: their operands are expressions
--- in
SELECT id FROM cities WHERE population BETWEEN (SELECT min(age) FROM users) AND (SELECT 1000 + count(*) FROM users) AND name LIKE (SELECT '%n' FROM features LIMIT 1)
--- out
SELECT id FROM cities WHERE population BETWEEN (SELECT min(age) FROM users WHERE users.deleted_at IS NULL) AND (SELECT 1000 + count(*) FROM users WHERE users.deleted_at IS NULL) AND name LIKE (SELECT '%n' FROM features WHERE NOT features.is_deleted LIMIT 1)

=== A ROW
why: the fields are expressions
--- in
SELECT ROW((SELECT count(*) FROM users), (SELECT count(*) FROM orders))
--- out
SELECT ROW((SELECT count(*) FROM users WHERE users.deleted_at IS NULL), (SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL))

=== AT TIME ZONE
why: the operands are expressions
--- in
SELECT (SELECT max(placed)::timestamp FROM orders) AT TIME ZONE (SELECT 'UTC' FROM features LIMIT 1)
--- out
SELECT (SELECT max(placed)::timestamp FROM orders WHERE orders.deleted_at IS NULL) AT TIME ZONE (SELECT 'UTC' FROM features WHERE NOT features.is_deleted LIMIT 1)

=== A sub-select as an operand of a set operation's ORDER BY
why: the sort key is an expression of the whole
order: total
--- in
SELECT id FROM cities UNION SELECT id FROM features ORDER BY 1 LIMIT (SELECT count(*) FROM features)
--- out
SELECT id FROM cities UNION SELECT id FROM features WHERE NOT features.is_deleted ORDER BY 1 LIMIT (SELECT count(*) FROM features WHERE NOT features.is_deleted)

=== VALUES
why: the values are expressions
--- in
VALUES ((SELECT count(*) FROM users), 1), (2, (SELECT count(*) FROM orders))
--- out
VALUES ((SELECT count(*) FROM users WHERE users.deleted_at IS NULL), 1), (2, (SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL))

=== GROUPING and the like
why: a sub-select within an expression of a grouped query
--- in
SELECT mayor_id, grouping(mayor_id), (SELECT count(*) FROM users) FROM cities GROUP BY ROLLUP (mayor_id)
--- out
SELECT mayor_id, grouping(mayor_id), (SELECT count(*) FROM users WHERE users.deleted_at IS NULL) FROM cities GROUP BY ROLLUP (mayor_id)

=== JSON constructors
why: their values are expressions
needs: 16
--- in
SELECT JSON_OBJECT('n' VALUE (SELECT count(*) FROM users)), JSON_ARRAY((SELECT count(*) FROM orders), 2), JSON_ARRAY(SELECT id FROM users ORDER BY id)
--- out
SELECT JSON_OBJECT('n' VALUE (SELECT count(*) FROM users WHERE users.deleted_at IS NULL)), JSON_ARRAY((SELECT count(*) FROM orders WHERE orders.deleted_at IS NULL), 2), JSON_ARRAY(SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY id)

=== JSON aggregates
why: their values and keys are expressions
needs: 16
--- in
SELECT JSON_OBJECTAGG(c.id: (SELECT count(*) FROM orders o WHERE o.user_id = c.mayor_id)), JSON_ARRAYAGG((SELECT max(u.id) FROM users u) ORDER BY c.id) FROM cities c
--- out
SELECT JSON_OBJECTAGG(c.id: (SELECT count(*) FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = c.mayor_id))), JSON_ARRAYAGG((SELECT max(u.id) FROM users u WHERE u.deleted_at IS NULL) ORDER BY c.id) FROM cities c

=== IS JSON
why: what is tested is an expression
needs: 16
--- in
SELECT (SELECT name FROM users WHERE id = 1) IS JSON, (SELECT data::text FROM users WHERE id = 1) IS JSON OBJECT WITH UNIQUE KEYS
--- out
SELECT (SELECT name FROM users WHERE users.deleted_at IS NULL AND (id = 1)) IS JSON, (SELECT data::text FROM users WHERE users.deleted_at IS NULL AND (id = 1)) IS JSON OBJECT WITH UNIQUE KEYS

=== Five levels deep
why: there is no level at which filtering ends
--- in
SELECT (SELECT count(*) FROM (SELECT id FROM users WHERE id IN (SELECT user_id FROM orders WHERE id IN (SELECT order_id FROM items WHERE EXISTS (SELECT FROM notes WHERE notes.user_id = orders.user_id)))) s)
--- out
SELECT (SELECT count(*) FROM (SELECT id FROM users WHERE users.deleted_at IS NULL AND (id IN (SELECT user_id FROM orders WHERE orders.deleted_at IS NULL AND (id IN (SELECT order_id FROM items WHERE items.deleted_at IS NULL AND (EXISTS (SELECT FROM notes WHERE notes.deleted_at IS NULL AND (notes.user_id = orders.user_id)))))))) s)

=== A sub-select without FROM
twin: nothing is read
--- in
SELECT (SELECT 1), (SELECT ARRAY[1, 2])[1]
--- same

=== The outer table's name inside
why: the inner users is another reference of the same name, and each condition is on its own level
--- in
SELECT id FROM users WHERE age = (SELECT max(age) FROM users)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (age = (SELECT max(age) FROM users WHERE users.deleted_at IS NULL))

=== The same sub-select with a join, in GROUP BY and in the select list
why: GROUP BY finds it again only while both are equal, join aliases included, so these count anew in each FROM
--- in
SELECT (SELECT max(o.id) FROM cities c LEFT JOIN orders o ON o.id = c.id) AS m, count(*) FROM users GROUP BY (SELECT max(o.id) FROM cities c LEFT JOIN orders o ON o.id = c.id)
--- out
SELECT (SELECT max(o.id) FROM cities c LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.id = c.id) AS m, count(*) FROM users WHERE users.deleted_at IS NULL GROUP BY (SELECT max(o.id) FROM cities c LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.id = c.id)

=== The same sub-select with a join, in DISTINCT ON and in ORDER BY
why: as for GROUP BY
--- in
SELECT DISTINCT ON ((SELECT max(o.id) FROM cities c LEFT JOIN orders o ON o.id = c.id)) (SELECT max(o.id) FROM cities c LEFT JOIN orders o ON o.id = c.id) AS m, u.id FROM users u ORDER BY 1, 2
--- out
SELECT DISTINCT ON ((SELECT max(o.id) FROM cities c LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.id = c.id)) (SELECT max(o.id) FROM cities c LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.id = c.id) AS m, u.id FROM users u WHERE u.deleted_at IS NULL ORDER BY 1, 2

=== Two joins in one FROM
why: within one FROM the aliases must differ
--- in
SELECT c.id, u.id, o.id FROM cities c LEFT JOIN users u ON u.id = c.mayor_id LEFT JOIN orders o ON o.user_id = u.id
--- out
SELECT c.id, u.id, o.id FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id LEFT JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id
