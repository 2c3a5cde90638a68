# Where the live condition goes: behind WHERE for an item that stands bare in
# FROM, into a join of its own for one that an outer join can extend with NULLs.

=== A bare table gets a WHERE
why: nothing can extend it with NULLs, so the condition reads as one would write it by hand
--- in
SELECT id, name FROM users
--- out
SELECT id, name FROM users WHERE users.deleted_at IS NULL

=== A table outside the policy stays as it is
twin: cities are not soft-deleted
--- in
SELECT id, name FROM cities
--- same

=== A WHERE of the user's is put in parentheses
why: without them "a OR b AND live" would leak every deleted row that fulfils a
--- in
SELECT id FROM users WHERE name = 'Ann' OR age < 30
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name = 'Ann' OR age < 30)

=== The live condition goes first
why: of conditions of equal cost the first runs first, and deleted rows have an age of 0
--- in
SELECT id FROM users WHERE 100 / age > 2
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (100 / age > 2)

=== An error of the user's own stays the user's
twin: live orders with a total of 0 do not exist, but live notes without text do
error: 22012
--- in
SELECT 1 / (id - 3) FROM notes WHERE body IS NULL
--- out
SELECT 1 / (id - 3) FROM notes WHERE notes.deleted_at IS NULL AND (body IS NULL)

=== An alias qualifies the marker
why: the table's own name is hidden behind the alias
--- in
SELECT u.id FROM users AS u WHERE u.age > 20
--- out
SELECT u.id FROM users AS u WHERE u.deleted_at IS NULL AND (u.age > 20)

=== An alias without AS
why: the end of the reference is behind the alias
--- in
SELECT u.id FROM users u WHERE u.age > 20
--- out
SELECT u.id FROM users u WHERE u.deleted_at IS NULL AND (u.age > 20)

=== Two tables, two conditions
why: each of them hides its own deleted rows
--- in
SELECT u.name, o.total FROM users u, orders o WHERE o.user_id = u.id
--- out
SELECT u.name, o.total FROM users u, orders o WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND (o.user_id = u.id)

=== Two tables, one in the policy
twin: cities need no condition
--- in
SELECT u.name, c.name FROM users u, cities c WHERE c.mayor_id = u.id
--- out
SELECT u.name, c.name FROM users u, cities c WHERE u.deleted_at IS NULL AND (c.mayor_id = u.id)

=== One table twice
why: a deleted boss is hidden as well as a deleted subordinate
--- in
SELECT u.name, b.name FROM users u, users b WHERE u.boss_id = b.id
--- out
SELECT u.name, b.name FROM users u, users b WHERE u.deleted_at IS NULL AND b.deleted_at IS NULL AND (u.boss_id = b.id)

=== A condition that is there already is not added again
why: rewriting a filtered read again changes nothing
--- in
SELECT id FROM users WHERE users.deleted_at IS NULL
--- same

=== A condition that is there already and more
why: it stands first, so nothing runs on deleted rows
--- in
SELECT id FROM users u WHERE u.deleted_at IS NULL AND 100 / age > 2
--- same

=== A condition further back does not count
twin: what stands before it would run on deleted rows
--- in
SELECT id FROM users u WHERE u.age <> 1 AND u.deleted_at IS NULL
--- out
SELECT id FROM users u WHERE u.deleted_at IS NULL AND (u.age <> 1 AND u.deleted_at IS NULL)

=== A condition within an OR does not count
twin: it filters nothing
--- in
SELECT id FROM users u WHERE u.deleted_at IS NULL OR u.age = 0
--- out
SELECT id FROM users u WHERE u.deleted_at IS NULL AND (u.deleted_at IS NULL OR u.age = 0)

=== One of two conditions is there already
why: the missing one is added, and the result needs nothing more
--- in
SELECT u.id, o.id FROM users u, orders o WHERE o.deleted_at IS NULL AND o.user_id = u.id
--- out
SELECT u.id, o.id FROM users u, orders o WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND (o.deleted_at IS NULL AND o.user_id = u.id)

=== Both conditions are there already
twin: nothing is missing
--- in
SELECT u.id, o.id FROM users u, orders o WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND o.user_id = u.id
--- same

=== The user asks for deleted rows and gets none
why: a really deleted row could not be found either
--- in
SELECT id FROM users WHERE deleted_at IS NOT NULL
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (deleted_at IS NOT NULL)

=== ORDER BY and LIMIT stay behind the condition
why: a filter around the whole query would count deleted rows against the LIMIT
order: total
--- in
SELECT id FROM users ORDER BY age DESC NULLS LAST, id LIMIT 3
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY age DESC NULLS LAST, id LIMIT 3

=== LIMIT alone
twin: the WHERE of the user's is there
order: total
--- in
SELECT id FROM users WHERE age IS NOT NULL ORDER BY id DESC LIMIT 2 OFFSET 1
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (age IS NOT NULL) ORDER BY id DESC LIMIT 2 OFFSET 1

=== FETCH FIRST
why: FETCH ends the WHERE
order: total
--- in
SELECT id FROM users ORDER BY id DESC FETCH FIRST 2 ROWS ONLY
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY id DESC FETCH FIRST 2 ROWS ONLY

=== FETCH FIRST WITH TIES
why: the ties must be counted among live rows
order: total
--- in
SELECT age FROM users WHERE age IS NOT NULL ORDER BY age DESC FETCH FIRST 2 ROWS WITH TIES
--- out
SELECT age FROM users WHERE users.deleted_at IS NULL AND (age IS NOT NULL) ORDER BY age DESC FETCH FIRST 2 ROWS WITH TIES

=== DISTINCT ON
why: a filter around the query would let a deleted row win its group and vanish then
order: total
--- in
SELECT DISTINCT ON (name) name, id FROM users ORDER BY name, id DESC
--- out
SELECT DISTINCT ON (name) name, id FROM users WHERE users.deleted_at IS NULL ORDER BY name, id DESC

=== DISTINCT
why: a live duplicate of a deleted row stays
--- in
SELECT DISTINCT name FROM users
--- out
SELECT DISTINCT name FROM users WHERE users.deleted_at IS NULL

=== A window counts live rows only
why: a filter around the query would number deleted rows too
--- in
SELECT id, row_number() OVER (ORDER BY id), count(*) OVER () FROM users
--- out
SELECT id, row_number() OVER (ORDER BY id), count(*) OVER () FROM users WHERE users.deleted_at IS NULL

=== A WINDOW clause ends the WHERE
why: the condition goes before it
--- in
SELECT id, rank() OVER w FROM users WHERE id > 0 WINDOW w AS (PARTITION BY name ORDER BY id)
--- out
SELECT id, rank() OVER w FROM users WHERE users.deleted_at IS NULL AND (id > 0) WINDOW w AS (PARTITION BY name ORDER BY id)

=== A WINDOW clause without WHERE
twin: the WHERE is added before it
--- in
SELECT id, rank() OVER w FROM users WINDOW w AS (PARTITION BY name ORDER BY id)
--- out
SELECT id, rank() OVER w FROM users WHERE users.deleted_at IS NULL WINDOW w AS (PARTITION BY name ORDER BY id)

=== GROUP BY and HAVING
why: the condition goes before both
--- in
SELECT name, count(*) FROM users GROUP BY name HAVING count(*) > 1
--- out
SELECT name, count(*) FROM users WHERE users.deleted_at IS NULL GROUP BY name HAVING count(*) > 1

=== GROUP BY behind a WHERE
twin: the WHERE of the user's is there
--- in
SELECT name, count(*) FROM users WHERE id < 100 GROUP BY name HAVING count(*) > 0
--- out
SELECT name, count(*) FROM users WHERE users.deleted_at IS NULL AND (id < 100) GROUP BY name HAVING count(*) > 0

=== HAVING without GROUP BY
why: HAVING ends the FROM
--- in
SELECT max(age) FROM users HAVING count(*) > 1
--- out
SELECT max(age) FROM users WHERE users.deleted_at IS NULL HAVING count(*) > 1

=== GROUP BY the primary key
why: with a sub-select in the table's place, name would have to be grouped too (42803)
--- in
SELECT u.id, u.name, count(o.id) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id
--- out
SELECT u.id, u.name, count(o.id) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL GROUP BY u.id

=== GROUP BY the primary key beneath an outer join
why: the join form keeps the dependency on the key too
--- in
SELECT c.name, u.id, u.name FROM cities c LEFT JOIN users u ON u.id = c.mayor_id GROUP BY c.name, u.id
--- out
SELECT c.name, u.id, u.name FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id GROUP BY c.name, u.id

=== GROUPING SETS
why: every set is over live rows
--- in
SELECT user_id, status, sum(total), grouping(user_id, status) FROM orders GROUP BY GROUPING SETS ((user_id, status), (status), ())
--- out
SELECT user_id, status, sum(total), grouping(user_id, status) FROM orders WHERE orders.deleted_at IS NULL GROUP BY GROUPING SETS ((user_id, status), (status), ())

=== ROLLUP
why: the grand total leaves deleted rows out
--- in
SELECT status, sum(total) FROM orders GROUP BY ROLLUP (status)
--- out
SELECT status, sum(total) FROM orders WHERE orders.deleted_at IS NULL GROUP BY ROLLUP (status)

=== CUBE
why: as ROLLUP
--- in
SELECT user_id, status, count(*) FROM orders WHERE total >= 0 GROUP BY CUBE (user_id, status)
--- out
SELECT user_id, status, count(*) FROM orders WHERE orders.deleted_at IS NULL AND (total >= 0) GROUP BY CUBE (user_id, status)

=== GROUP BY DISTINCT
why: GROUP ends the FROM, whatever follows it
--- in
SELECT status, count(*) FROM orders GROUP BY DISTINCT ROLLUP (status), ROLLUP (status)
--- out
SELECT status, count(*) FROM orders WHERE orders.deleted_at IS NULL GROUP BY DISTINCT ROLLUP (status), ROLLUP (status)

=== WITHIN GROUP does not end a clause
why: GROUP behind WITHIN is no GROUP BY
--- in
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY age) FROM users WHERE age > 0 GROUP BY name
--- out
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY age) FROM users WHERE users.deleted_at IS NULL AND (age > 0) GROUP BY name

=== WITHIN GROUP in a join condition
twin: the FROM goes on behind it
--- in
SELECT o.id FROM orders o JOIN items i ON i.order_id = o.id AND i.qty > (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY qty) FROM items) GROUP BY o.id
--- out
SELECT o.id FROM orders o JOIN items i ON i.order_id = o.id AND i.qty > (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY qty) FROM items WHERE items.deleted_at IS NULL) WHERE o.deleted_at IS NULL AND i.deleted_at IS NULL GROUP BY o.id

=== FOR UPDATE
why: FOR ends the WHERE
--- in
SELECT id FROM users WHERE id < 5 FOR UPDATE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id < 5) FOR UPDATE

=== FOR UPDATE without WHERE
twin: the WHERE is added before it
--- in
SELECT id FROM users FOR UPDATE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL FOR UPDATE

=== FOR UPDATE OF an item
why: the names in OF are not tables
--- in
SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id FOR UPDATE OF u SKIP LOCKED
--- out
SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL FOR UPDATE OF u SKIP LOCKED

=== FOR UPDATE OF an item in join form
why: the alias is visible through the parentheses
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id FOR UPDATE OF u NOWAIT
--- out
SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL FOR UPDATE OF u NOWAIT

=== FOR UPDATE on the nullable side
twin: PostgreSQL refuses it, on both sides
error: 0A000
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id FOR UPDATE OF o
--- out
SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL FOR UPDATE OF o

=== FOR SHARE and FOR KEY SHARE
why: several locking clauses in one query
--- in
SELECT u.id FROM users u, orders o WHERE o.user_id = u.id FOR SHARE OF u FOR KEY SHARE OF o
--- out
SELECT u.id FROM users u, orders o WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND (o.user_id = u.id) FOR SHARE OF u FOR KEY SHARE OF o

=== FOR NO KEY UPDATE in a sub-select
why: the clause ends the WHERE of the sub-select
--- in
SELECT * FROM (SELECT id FROM users ORDER BY id LIMIT 2 FOR NO KEY UPDATE) s
--- out
SELECT * FROM (SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY id LIMIT 2 FOR NO KEY UPDATE) s

=== FOR UPDATE over a join form without OF
why: the row without columns has nothing to lock
--- in
SELECT u.id FROM cities c JOIN (users u JOIN orders o ON o.user_id = u.id) ON c.mayor_id = u.id FOR UPDATE
--- out
SELECT u.id FROM cities c JOIN (users u JOIN orders o ON o.user_id = u.id) ON c.mayor_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL FOR UPDATE

=== TABLESAMPLE
why: the condition is on the sampled rows, and the reference ends behind the sample
--- in
SELECT id FROM users TABLESAMPLE SYSTEM (100)
--- out
SELECT id FROM users TABLESAMPLE SYSTEM (100) WHERE users.deleted_at IS NULL

=== TABLESAMPLE with an alias and REPEATABLE
why: the reference ends behind REPEATABLE
--- in
SELECT u.id FROM users AS u TABLESAMPLE BERNOULLI (50) REPEATABLE (7) WHERE u.id > 0
--- out
SELECT u.id FROM users AS u TABLESAMPLE BERNOULLI (50) REPEATABLE (7) WHERE u.deleted_at IS NULL AND (u.id > 0)

=== TABLESAMPLE beneath an outer join
why: the parenthesis closes behind the sample
--- in
SELECT c.id, u.id FROM cities c LEFT JOIN users u TABLESAMPLE BERNOULLI (60) REPEATABLE (3) ON u.id = c.mayor_id
--- out
SELECT c.id, u.id FROM cities c LEFT JOIN (users u TABLESAMPLE BERNOULLI (60) REPEATABLE (3) JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id

=== TABLESAMPLE of a schema's method
why: the method's name may have a dot
--- in
SELECT id FROM users TABLESAMPLE pg_catalog.SYSTEM (100) REPEATABLE (1)
--- out
SELECT id FROM users TABLESAMPLE pg_catalog.SYSTEM (100) REPEATABLE (1) WHERE users.deleted_at IS NULL

=== TABLESAMPLE with a sub-select in its argument
why: sub-selects are filtered wherever they stand
--- in
SELECT count(*) >= 0 FROM cities TABLESAMPLE BERNOULLI ((SELECT count(*) FROM notes WHERE pinned)) REPEATABLE (1)
--- out
SELECT count(*) >= 0 FROM cities TABLESAMPLE BERNOULLI ((SELECT count(*) FROM notes WHERE notes.deleted_at IS NULL AND (pinned))) REPEATABLE (1)

=== ONLY
why: ONLY belongs to the reference
--- in
SELECT id, name FROM ONLY animals
--- out
SELECT id, name FROM ONLY animals WHERE animals.deleted_at IS NULL

=== ONLY in parentheses
why: the parentheses are ONLY's
--- in
SELECT a.id FROM ONLY (animals) AS a WHERE a.name <> 'x'
--- out
SELECT a.id FROM ONLY (animals) AS a WHERE a.deleted_at IS NULL AND (a.name <> 'x')

=== ONLY beneath an outer join
why: the parenthesis opens before ONLY
--- in
SELECT c.id, a.name FROM cities c LEFT JOIN ONLY animals a ON a.id = c.id
--- out
SELECT c.id, a.name FROM cities c LEFT JOIN (ONLY animals a JOIN (SELECT) AS _sd1 ON a.deleted_at IS NULL) ON a.id = c.id

=== ONLY in parentheses beneath an outer join
why: as above, with the parentheses of ONLY inside
--- in
SELECT c.id, a.name FROM cities c LEFT JOIN ONLY (animals) a ON a.id = c.id
--- out
SELECT c.id, a.name FROM cities c LEFT JOIN (ONLY (animals) a JOIN (SELECT) AS _sd1 ON a.deleted_at IS NULL) ON a.id = c.id

=== A star behind the table's name
why: the star belongs to the reference
--- in
SELECT c.id, a.name FROM cities c LEFT JOIN animals * a ON a.id = c.id
--- out
SELECT c.id, a.name FROM cities c LEFT JOIN (animals * a JOIN (SELECT) AS _sd1 ON a.deleted_at IS NULL) ON a.id = c.id

=== An inheritance parent
why: the whole tree is in the policy, so the condition holds for the children's rows
--- in
SELECT id, name FROM animals
--- out
SELECT id, name FROM animals WHERE animals.deleted_at IS NULL

=== An inheritance child
why: the child alone must not leak either
--- in
SELECT id, name, breed FROM dogs
--- out
SELECT id, name, breed FROM dogs WHERE dogs.deleted_at IS NULL

=== A partitioned table
why: the marker is a column of the root
--- in
SELECT id, value FROM metrics WHERE day < '2024-06-15'
--- out
SELECT id, value FROM metrics WHERE metrics.deleted_at IS NULL AND (day < '2024-06-15')

=== One partition
why: a partition read directly must not leak
--- in
SELECT id, value FROM metrics_2024
--- out
SELECT id, value FROM metrics_2024 WHERE metrics_2024.deleted_at IS NULL

=== Unqualified system columns
why: beneath a join the names would be unknown (42703); a bare item gets a WHERE instead
--- in
SELECT tableoid::regclass, ctid, id FROM users
--- out
SELECT tableoid::regclass, ctid, id FROM users WHERE users.deleted_at IS NULL

=== Qualified system columns beneath an outer join
why: the alias still means the table
--- in
SELECT u.tableoid::regclass, u.ctid, u.id FROM cities c LEFT JOIN users u ON u.id = c.mayor_id
--- out
SELECT u.tableoid::regclass, u.ctid, u.id FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id

=== A row of the table as a value
why: its type is the table's, not an anonymous one
--- in
SELECT u, pg_typeof(u), (u).name, u.*::text FROM users u
--- out
SELECT u, pg_typeof(u), (u).name, u.*::text FROM users u WHERE u.deleted_at IS NULL

=== A row of the table as a value beneath an outer join
why: the join form keeps the row type, and the row is NULL where there is none
--- in
SELECT c.id, u, u IS NULL, pg_typeof(u) FROM cities c LEFT JOIN users u ON u.id = c.mayor_id
--- out
SELECT c.id, u, u IS NULL, pg_typeof(u) FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id

=== An alias list
why: the list may rename the marker, so the table is filtered within a sub-select
--- in
SELECT u.a, u.b FROM users AS u (a, b)
--- out
SELECT u.a, u.b FROM (SELECT * FROM users WHERE users.deleted_at IS NULL) AS u (a, b)

=== An alias list that renames the marker
why: u.deleted_at does not exist outside
--- in
SELECT u.a, u.h FROM users u (a, b, c, d, e, f, g, h) WHERE u.h IS NULL
--- out
SELECT u.a, u.h FROM (SELECT * FROM users WHERE users.deleted_at IS NULL) u (a, b, c, d, e, f, g, h) WHERE u.h IS NULL

=== An alias list and a column that is named like the marker
why: outside, deleted_at is the name
error: 42702
--- in
SELECT deleted_at FROM users AS u (id, deleted_at) WHERE deleted_at IS NOT NULL
--- out
SELECT deleted_at FROM (SELECT * FROM users WHERE users.deleted_at IS NULL) AS u (id, deleted_at) WHERE deleted_at IS NOT NULL

=== An alias list beneath an outer join
why: the sub-select is beneath the join, so the rows stay
--- in
SELECT c.id, u.b FROM cities c LEFT JOIN users AS u (a, b) ON u.a = c.mayor_id
--- out
SELECT c.id, u.b FROM cities c LEFT JOIN (SELECT * FROM users WHERE users.deleted_at IS NULL) AS u (a, b) ON u.a = c.mayor_id

=== An alias list of a table outside the policy
twin: cities need no condition
--- in
SELECT c.a FROM cities AS c (a)
--- same

=== An alias list behind ONLY
why: ONLY goes into the sub-select
--- in
SELECT x.a FROM ONLY animals AS x (a)
--- out
SELECT x.a FROM (SELECT * FROM ONLY animals WHERE animals.deleted_at IS NULL) AS x (a)

=== FOR UPDATE of an item with an alias list
why: the lock reaches into the sub-select
--- in
SELECT u.a FROM users AS u (a) WHERE u.a < 3 FOR UPDATE OF u
--- out
SELECT u.a FROM (SELECT * FROM users WHERE users.deleted_at IS NULL) AS u (a) WHERE u.a < 3 FOR UPDATE OF u

=== No FROM
twin: nothing is read
--- in
SELECT 1 AS one, now() IS NULL
--- same

=== VALUES
twin: nothing is read
--- in
VALUES (1, 'users'), (2, 'orders')
--- same

=== VALUES as a FROM item named like a table
twin: the name is that of the VALUES
--- in
SELECT * FROM (VALUES (1), (2)) AS users (id)
--- same

=== A function as a FROM item named like a table
twin: the name is that of the function's result
--- in
SELECT users FROM generate_series(1, 3) AS users
--- same

=== TABLE
why: TABLE takes no WHERE, so it becomes SELECT * FROM
--- in
TABLE users
--- out
SELECT * FROM users WHERE users.deleted_at IS NULL

=== TABLE of a table outside the policy
twin: cities need no condition
--- in
TABLE cities
--- same

=== TABLE ONLY
why: ONLY stays
--- in
TABLE ONLY animals
--- out
SELECT * FROM ONLY animals WHERE animals.deleted_at IS NULL

=== TABLE with ORDER BY
why: what follows TABLE stays behind the condition
order: total
--- in
TABLE orders ORDER BY id LIMIT 2
--- out
SELECT * FROM orders WHERE orders.deleted_at IS NULL ORDER BY id LIMIT 2

=== TABLE in a set operation
why: each arm is a query of its own
--- in
TABLE users UNION ALL TABLE users
--- out
SELECT * FROM users WHERE users.deleted_at IS NULL UNION ALL SELECT * FROM users WHERE users.deleted_at IS NULL

=== TABLE in a sub-select
why: as above
--- in
SELECT count(*) FROM (TABLE t1.docs) d
--- out
SELECT count(*) FROM (SELECT * FROM t1.docs WHERE docs.deleted_at IS NULL) d

=== SELECT without columns
why: only the number of rows counts
--- in
SELECT FROM users
--- out
SELECT FROM users WHERE users.deleted_at IS NULL

=== SELECT INTO
why: INTO stands before FROM; the new table is filled with live rows
--- in
SELECT id, name INTO TEMP live_users FROM users WHERE id < 100; SELECT * FROM live_users
--- out
SELECT id, name INTO TEMP live_users FROM users WHERE users.deleted_at IS NULL AND (id < 100); SELECT * FROM live_users

=== FOR in a function does not end the WHERE
why: the keyword stands in parentheses
--- in
SELECT id FROM users WHERE substring(name FROM 1 FOR 1) = 'A'
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (substring(name FROM 1 FOR 1) = 'A')

=== FROM in a function is no FROM
why: the keyword stands in parentheses
--- in
SELECT extract(year FROM o.placed), trim(both ' ' from o.status) FROM orders o
--- out
SELECT extract(year FROM o.placed), trim(both ' ' from o.status) FROM orders o WHERE o.deleted_at IS NULL

=== IS DISTINCT FROM is no FROM
why: the words stand in a join condition, between FROM and the table
--- in
SELECT o.id, i.id FROM orders o JOIN items i ON i.order_id IS NOT DISTINCT FROM o.id AND i.sku IS DISTINCT FROM o.status JOIN users u ON u.id = o.user_id
--- out
SELECT o.id, i.id FROM orders o JOIN items i ON i.order_id IS NOT DISTINCT FROM o.id AND i.sku IS DISTINCT FROM o.status JOIN users u ON u.id = o.user_id WHERE o.deleted_at IS NULL AND i.deleted_at IS NULL AND u.deleted_at IS NULL

=== DISTINCT before FROM
twin: SELECT DISTINCT … FROM is a FROM
--- in
SELECT DISTINCT id IS DISTINCT FROM 1 FROM users
--- out
SELECT DISTINCT id IS DISTINCT FROM 1 FROM users WHERE users.deleted_at IS NULL

=== ROWS FROM before a joined table
why: the FROM of ROWS FROM is not the clause's, or the first ON would end the clause
--- in
SELECT u.id, g FROM cities c JOIN ROWS FROM (generate_series(1, 3)) AS g ON g = c.id JOIN users u ON u.id = g WHERE c.id > 0
--- out
SELECT u.id, g FROM cities c JOIN ROWS FROM (generate_series(1, 3)) AS g ON g = c.id JOIN users u ON u.id = g WHERE u.deleted_at IS NULL AND (c.id > 0)

=== A column named rows before FROM and a parenthesis
twin: here the FROM is the clause's
--- in
SELECT rows FROM (SELECT id AS rows FROM cities) c, users WHERE c.rows = users.id
--- out
SELECT rows FROM (SELECT id AS rows FROM cities) c, users WHERE users.deleted_at IS NULL AND (c.rows = users.id)

=== A user's alias with a number that is none of ours
why: counting on from it would overflow
--- in
SELECT u.id AS _sd9223372036854775807, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id
--- out
SELECT u.id AS _sd9223372036854775807, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL
