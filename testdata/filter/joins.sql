# Joins: which items need a join form, and which the WHERE.

=== An inner join
why: no side can be extended with NULLs
--- in
SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id
--- out
SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL

=== An inner join with a WHERE
why: both conditions go first
--- in
SELECT u.name, o.total FROM users u INNER JOIN orders o ON o.user_id = u.id WHERE o.total > 1 OR u.id = 1
--- out
SELECT u.name, o.total FROM users u INNER JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND (o.total > 1 OR u.id = 1)

=== A cross join
why: CROSS JOIN waits for no ON
--- in
SELECT u.id, f.id FROM users u CROSS JOIN features f WHERE u.id < 3
--- out
SELECT u.id, f.id FROM users u CROSS JOIN features f WHERE u.deleted_at IS NULL AND NOT f.is_deleted AND (u.id < 3)

=== A left join
why: in WHERE the condition on orders would drop Fay, whose orders are all deleted
--- in
SELECT u.name, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id
--- out
SELECT u.name, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL

=== A left join to a table outside the policy
twin: the preserved side goes to WHERE, the other needs nothing
--- in
SELECT u.name, c.name FROM users u LEFT OUTER JOIN cities c ON c.mayor_id = u.id
--- out
SELECT u.name, c.name FROM users u LEFT OUTER JOIN cities c ON c.mayor_id = u.id WHERE u.deleted_at IS NULL

=== A left join from a table outside the policy
why: the nullable side alone takes the join form
--- in
SELECT c.name, u.name FROM cities c LEFT JOIN users u ON u.id = c.mayor_id
--- out
SELECT c.name, u.name FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id

=== A left join with a test for absence
why: users without live orders; the condition in WHERE would find none
--- in
SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.id IS NULL
--- out
SELECT u.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL AND (o.id IS NULL)

=== A right join
why: the left side is the nullable one
--- in
SELECT u.name, o.id FROM users u RIGHT JOIN orders o ON o.user_id = u.id
--- out
SELECT u.name, o.id FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) RIGHT JOIN orders o ON o.user_id = u.id WHERE o.deleted_at IS NULL

=== A full join
why: either condition alone in ON or WHERE is wrong
--- in
SELECT u.name, o.id FROM users u FULL JOIN orders o ON o.user_id = u.id
--- out
SELECT u.name, o.id FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) FULL JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id

=== A full join whose key divides
why: conditions in ON would not keep the key from being computed on deleted rows, and their age is 0
--- in
SELECT u.id, o.id FROM users u FULL JOIN orders o ON o.total = 410 / u.age WHERE u.id IS NULL OR u.id < 9
--- out
SELECT u.id, o.id FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) FULL JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.total = 410 / u.age WHERE u.id IS NULL OR u.id < 9

=== A left join whose condition divides
why: the condition is on deleted rows never computed
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND 100 / o.total > 1
--- out
SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id AND 100 / o.total > 1 WHERE u.deleted_at IS NULL

=== A left join with USING
why: USING has no ON, and an ON would change what * shows
--- in
SELECT * FROM users LEFT JOIN accounts USING (id)
--- out
SELECT * FROM users LEFT JOIN (accounts JOIN (SELECT) AS _sd1 ON accounts.deleted_at IS NULL) USING (id) WHERE users.deleted_at IS NULL

=== An inner join with USING
twin: bare items go to WHERE; * is the same
--- in
SELECT * FROM users JOIN accounts USING (id)
--- out
SELECT * FROM users JOIN accounts USING (id) WHERE users.deleted_at IS NULL AND accounts.deleted_at IS NULL

=== A full join with USING
why: the merged column is that of live rows
--- in
SELECT id, users.name, accounts.login FROM users FULL JOIN accounts USING (id)
--- out
SELECT id, users.name, accounts.login FROM (users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) FULL JOIN (accounts JOIN (SELECT) AS _sd2 ON accounts.deleted_at IS NULL) USING (id)

=== USING with an alias of its own
why: the alias is one more name in FROM
--- in
SELECT k.id, u.name FROM users u JOIN accounts a USING (id) AS k WHERE k.id > 0
--- out
SELECT k.id, u.name FROM users u JOIN accounts a USING (id) AS k WHERE u.deleted_at IS NULL AND a.deleted_at IS NULL AND (k.id > 0)

=== A chain of left joins
why: each nullable item has its own form
--- in
SELECT u.id, o.id, i.id FROM users u LEFT JOIN orders o ON o.user_id = u.id LEFT JOIN items i ON i.order_id = o.id
--- out
SELECT u.id, o.id, i.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id LEFT JOIN (items i JOIN (SELECT) AS _sd2 ON i.deleted_at IS NULL) ON i.order_id = o.id WHERE u.deleted_at IS NULL

=== A left join behind an inner join
why: the inner ones go to WHERE
--- in
SELECT u.id, o.id, i.id FROM users u JOIN orders o ON o.user_id = u.id LEFT JOIN items i ON i.order_id = o.id
--- out
SELECT u.id, o.id, i.id FROM users u JOIN orders o ON o.user_id = u.id LEFT JOIN (items i JOIN (SELECT) AS _sd1 ON i.deleted_at IS NULL) ON i.order_id = o.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL

=== An inner join behind a left join
why: orders are on the nullable side, whatever follows
--- in
SELECT u.id, o.id, i.id FROM users u LEFT JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id
--- out
SELECT u.id, o.id, i.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id JOIN items i ON i.order_id = o.id WHERE u.deleted_at IS NULL AND i.deleted_at IS NULL

=== A right join behind a left join
why: it makes both earlier items nullable
--- in
SELECT u.id, o.id, i.id FROM users u LEFT JOIN orders o ON o.user_id = u.id RIGHT JOIN items i ON i.order_id = o.id
--- out
SELECT u.id, o.id, i.id FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) LEFT JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id RIGHT JOIN items i ON i.order_id = o.id WHERE i.deleted_at IS NULL

=== A full join behind an inner join
why: every item is nullable
--- in
SELECT u.id, o.id, i.id FROM users u JOIN orders o ON o.user_id = u.id FULL JOIN items i ON i.order_id = o.id
--- out
SELECT u.id, o.id, i.id FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id FULL JOIN (items i JOIN (SELECT) AS _sd3 ON i.deleted_at IS NULL) ON i.order_id = o.id

=== Joins in parentheses on the nullable side
why: what is inside is nullable as a whole
--- in
SELECT u.id, o.id, i.id FROM users u LEFT JOIN (orders o JOIN items i ON i.order_id = o.id) ON o.user_id = u.id
--- out
SELECT u.id, o.id, i.id FROM users u LEFT JOIN ((orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) JOIN (items i JOIN (SELECT) AS _sd2 ON i.deleted_at IS NULL) ON i.order_id = o.id) ON o.user_id = u.id WHERE u.deleted_at IS NULL

=== Joins in parentheses on the preserved side
twin: nothing inside is nullable
--- in
SELECT u.id, o.id, c.id FROM (users u JOIN orders o ON o.user_id = u.id) LEFT JOIN cities c ON c.mayor_id = u.id
--- out
SELECT u.id, o.id, c.id FROM (users u JOIN orders o ON o.user_id = u.id) LEFT JOIN cities c ON c.mayor_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL

=== Joins without parentheses nest by their ON
why: two ON in a row, the first belongs to the inner join
--- in
SELECT u.id, o.id, i.id FROM users u LEFT JOIN orders o JOIN items i ON i.order_id = o.id ON o.user_id = u.id
--- out
SELECT u.id, o.id, i.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) JOIN (items i JOIN (SELECT) AS _sd2 ON i.deleted_at IS NULL) ON i.order_id = o.id ON o.user_id = u.id WHERE u.deleted_at IS NULL

=== Joins nest three deep
why: as above
--- in
SELECT u.id, n.id FROM users u LEFT JOIN (orders o LEFT JOIN (items i RIGHT JOIN notes n ON n.id = i.qty) ON i.order_id = o.id) ON o.user_id = u.id
--- out
SELECT u.id, n.id FROM users u LEFT JOIN ((orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) LEFT JOIN ((items i JOIN (SELECT) AS _sd2 ON i.deleted_at IS NULL) RIGHT JOIN (notes n JOIN (SELECT) AS _sd3 ON n.deleted_at IS NULL) ON n.id = i.qty) ON i.order_id = o.id) ON o.user_id = u.id WHERE u.deleted_at IS NULL

=== A join with an alias
why: outside of j only j.* is visible, and j.deleted_at would be ambiguous
--- in
SELECT j.name, j.total FROM (users u JOIN orders o ON o.user_id = u.id) AS j
--- out
SELECT j.name, j.total FROM ((users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = u.id) AS j

=== A join with an alias and a column list
why: the columns keep their order in the join form
--- in
SELECT j.a, j.i FROM (users u JOIN accounts a ON a.id = u.id) AS j (a, b, c, d, e, f, g, h, i)
--- out
SELECT j.a, j.i FROM ((users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) JOIN (accounts a JOIN (SELECT) AS _sd2 ON a.deleted_at IS NULL) ON a.id = u.id) AS j (a, b, c, d, e, f, g, h, i)

=== A join in parentheses without an alias
twin: the inner names are visible outside
--- in
SELECT u.name, o.total FROM (users u JOIN orders o ON o.user_id = u.id)
--- out
SELECT u.name, o.total FROM (users u JOIN orders o ON o.user_id = u.id) WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL

=== A join with an alias beside the same table
why: the name within the alias does not clash with the one outside
--- in
SELECT users.id, j.total FROM users, (orders JOIN accounts ON accounts.id = orders.user_id) AS j (a, b, c, total) WHERE j.b = users.id
--- out
SELECT users.id, j.total FROM users, ((orders JOIN (SELECT) AS _sd1 ON orders.deleted_at IS NULL) JOIN (accounts JOIN (SELECT) AS _sd2 ON accounts.deleted_at IS NULL) ON accounts.id = orders.user_id) AS j (a, b, c, total) WHERE users.deleted_at IS NULL AND (j.b = users.id)

=== LATERAL
why: the sub-select is filtered where it stands
--- in
SELECT u.id, l.id FROM users u, LATERAL (SELECT o.id FROM orders o WHERE o.user_id = u.id ORDER BY o.total LIMIT 1) l
--- out
SELECT u.id, l.id FROM users u, LATERAL (SELECT o.id FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id) ORDER BY o.total LIMIT 1) l WHERE u.deleted_at IS NULL

=== LEFT JOIN LATERAL
why: a sub-select needs no form of its own
--- in
SELECT u.id, l.n FROM users u LEFT JOIN LATERAL (SELECT count(*) AS n FROM orders o WHERE o.user_id = u.id) l ON true
--- out
SELECT u.id, l.n FROM users u LEFT JOIN LATERAL (SELECT count(*) AS n FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id)) l ON true WHERE u.deleted_at IS NULL

=== LATERAL to a nullable item
why: the item's name is visible through the parentheses of the join form
--- in
SELECT c.id, u.id, l.id FROM cities c LEFT JOIN users u ON u.id = c.mayor_id LEFT JOIN LATERAL (SELECT o.id FROM orders o WHERE o.user_id = u.id) l ON true
--- out
SELECT c.id, u.id, l.id FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id LEFT JOIN LATERAL (SELECT o.id FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id)) l ON true

=== A LATERAL function
why: a function of a row sees live rows only
--- in
SELECT u.id, t FROM users u, unnest(u.tags) AS t
--- out
SELECT u.id, t FROM users u, unnest(u.tags) AS t WHERE u.deleted_at IS NULL

=== A LATERAL function of a nullable item
why: as above
--- in
SELECT c.id, t FROM cities c LEFT JOIN users u ON u.id = c.mayor_id LEFT JOIN unnest(u.tags) t ON true
--- out
SELECT c.id, t FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id LEFT JOIN unnest(u.tags) t ON true

=== A sub-select in a join condition
why: it is filtered where it stands
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.total > (SELECT avg(i.price) FROM items i)
--- out
SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id AND o.total > (SELECT avg(i.price) FROM items i WHERE i.deleted_at IS NULL) WHERE u.deleted_at IS NULL

=== A sub-select as a join's side
why: it is filtered inside
--- in
SELECT u.id, s.n FROM users u LEFT JOIN (SELECT user_id, count(*) AS n FROM orders GROUP BY user_id) s ON s.user_id = u.id
--- out
SELECT u.id, s.n FROM users u LEFT JOIN (SELECT user_id, count(*) AS n FROM orders WHERE orders.deleted_at IS NULL GROUP BY user_id) s ON s.user_id = u.id WHERE u.deleted_at IS NULL

=== The same name in two schemas
why: users.deleted_at would be ambiguous in WHERE; within its own ON it is not
--- in
SELECT public.users.name, s2.users.name FROM public.users, s2.users WHERE public.users.id = s2.users.id
--- out
SELECT public.users.name, s2.users.name FROM (public.users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL), (s2.users JOIN (SELECT) AS _sd2 ON users.deleted_at IS NULL) WHERE public.users.id = s2.users.id

=== The same name in two schemas with an alias
twin: the alias tells them apart
--- in
SELECT u.name, s2.users.name FROM public.users u, s2.users WHERE u.id = s2.users.id
--- out
SELECT u.name, s2.users.name FROM public.users u, s2.users WHERE u.deleted_at IS NULL AND users.deleted_at IS NULL AND (u.id = s2.users.id)

=== The same name in two schemas beneath a left join
why: one is nullable, and both are named users
--- in
SELECT public.users.name, s2.users.name FROM public.users LEFT JOIN s2.users ON public.users.id = s2.users.id
--- out
SELECT public.users.name, s2.users.name FROM (public.users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) LEFT JOIN (s2.users JOIN (SELECT) AS _sd2 ON users.deleted_at IS NULL) ON public.users.id = s2.users.id

=== A column qualified by schema and table
why: the join form keeps public.users.name valid
--- in
SELECT public.users.name FROM cities LEFT JOIN public.users ON public.users.id = cities.mayor_id
--- out
SELECT public.users.name FROM cities LEFT JOIN (public.users JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) ON public.users.id = cities.mayor_id

=== Five tables
why: three inner, two nullable
--- in
SELECT u.id, o.id, i.id, n.id, a.id FROM users u JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id LEFT JOIN notes n ON n.user_id = u.id LEFT JOIN accounts a ON a.id = u.id WHERE i.qty > 0 GROUP BY u.id, o.id, i.id, n.id, a.id
--- out
SELECT u.id, o.id, i.id, n.id, a.id FROM users u JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id LEFT JOIN (notes n JOIN (SELECT) AS _sd1 ON n.deleted_at IS NULL) ON n.user_id = u.id LEFT JOIN (accounts a JOIN (SELECT) AS _sd2 ON a.deleted_at IS NULL) ON a.id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND i.deleted_at IS NULL AND (i.qty > 0) GROUP BY u.id, o.id, i.id, n.id, a.id

=== A semi-join by hand
why: EXISTS counts live rows only
--- in
SELECT u.id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)
--- out
SELECT u.id FROM users u WHERE u.deleted_at IS NULL AND (EXISTS (SELECT 1 FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id)))

=== An anti-join by hand
why: Fay has no live order
--- in
SELECT u.id FROM users u WHERE NOT EXISTS (SELECT FROM orders o WHERE o.user_id = u.id)
--- out
SELECT u.id FROM users u WHERE u.deleted_at IS NULL AND (NOT EXISTS (SELECT FROM orders o WHERE o.deleted_at IS NULL AND (o.user_id = u.id)))

=== A join to a set-returning function
twin: the function reads nothing
--- in
SELECT u.id, g FROM users u JOIN generate_series(1, 3) g ON g = u.id
--- out
SELECT u.id, g FROM users u JOIN generate_series(1, 3) g ON g = u.id WHERE u.deleted_at IS NULL

=== A join whose item is named like our aliases
why: _sd1 is taken, so ours goes on behind it
--- in
SELECT _sd1.id, o.id FROM users _sd1 LEFT JOIN orders o ON o.user_id = _sd1.id
--- out
SELECT _sd1.id, o.id FROM users _sd1 LEFT JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON o.user_id = _sd1.id WHERE _sd1.deleted_at IS NULL

=== The join form is recognised
why: rewriting a filtered read again changes nothing
--- in
SELECT c.id, u.id FROM cities c LEFT JOIN (users AS u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id
--- same

=== A join form for another condition is not ours
twin: it does not filter
--- in
SELECT c.id, u.id FROM cities c LEFT JOIN (users AS u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NOT NULL) ON u.id = c.mayor_id
--- out
SELECT c.id, u.id FROM cities c LEFT JOIN ((users AS u JOIN (SELECT) AS _sd2 ON u.deleted_at IS NULL) JOIN (SELECT) AS _sd1 ON u.deleted_at IS NOT NULL) ON u.id = c.mayor_id

=== A join form with another sub-select is not ours
twin: only a row without columns is
--- in
SELECT c.id, u.id FROM cities c LEFT JOIN (users AS u JOIN (SELECT 1) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id
--- out
SELECT c.id, u.id FROM cities c LEFT JOIN ((users AS u JOIN (SELECT) AS _sd2 ON u.deleted_at IS NULL) JOIN (SELECT 1) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id

=== An inner join whose condition fails on deleted rows
why: the page of a deleted visit is no pattern; the planner runs "= 0" behind what costs the same
ours: 2201B, no order of conditions helps where the marker is an integer; IS NULL and flags run first
--- in
SELECT v.id, u.id FROM visits v JOIN users u ON u.id = v.user_id AND 'x' !~ v.page
--- out
SELECT v.id, u.id FROM visits v JOIN users u ON u.id = v.user_id AND 'x' !~ v.page WHERE v.deleted_unix = 0 AND u.deleted_at IS NULL

=== A left join whose condition fails on deleted rows
why: as above, on the nullable side
ours: 2201B, as above
--- in
SELECT v.id, u.id FROM users u LEFT JOIN visits v ON u.id = v.user_id AND 'x' !~ v.page
--- out
SELECT v.id, u.id FROM users u LEFT JOIN (visits v JOIN (SELECT) AS _sd1 ON v.deleted_unix = 0) ON u.id = v.user_id AND 'x' !~ v.page WHERE u.deleted_at IS NULL

=== A left join whose condition fails on the preserved side
why: as above, on the preserved side, where ON is computed for every row
--- in
SELECT v.id, u.id FROM visits v LEFT JOIN users u ON u.id = v.user_id AND 'x' !~ v.page
--- out
SELECT v.id, u.id FROM visits v LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = v.user_id AND 'x' !~ v.page WHERE v.deleted_unix = 0

=== A condition that fails on deleted rows, and costs more
twin: two functions cost more than one comparison, so the comparison runs first
--- in
SELECT v.id FROM visits v WHERE 'x' !~ lower(v.page)
--- out
SELECT v.id FROM visits v WHERE v.deleted_unix = 0 AND ('x' !~ lower(v.page))

=== A condition that fails on live rows
twin: it fails for the twin too
error: 2201B
--- in
SELECT v.id FROM visits v WHERE 'x' !~ ('(' || v.page)
--- out
SELECT v.id FROM visits v WHERE v.deleted_unix = 0 AND ('x' !~ ('(' || v.page))

=== Three items, one condition there already
why: the others are added, in the order of FROM
--- in
SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id WHERE i.deleted_at IS NULL AND u.deleted_at IS NULL AND i.qty > 0
--- out
SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND i.deleted_at IS NULL AND (i.deleted_at IS NULL AND u.deleted_at IS NULL AND i.qty > 0)

=== One condition there already beside a left join
why: the nullable side has its own form
--- in
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.deleted_at IS NULL WHERE u.deleted_at IS NULL
--- out
SELECT u.id, o.id FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id AND o.deleted_at IS NULL WHERE u.deleted_at IS NULL

=== A filtered read of two tables with a filter of ours
why: what we wrote is recognised, however many conditions it has
--- in
SELECT u.id, o.id FROM users u, orders o WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND (o.user_id = u.id OR u.id = 1)
--- same
