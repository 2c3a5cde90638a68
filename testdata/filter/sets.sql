# UNION, INTERSECT and EXCEPT: every arm is a query of its own.

=== UNION
why: UNION ends the WHERE of the arm
--- in
SELECT id FROM users WHERE age > 30 UNION SELECT user_id FROM orders
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (age > 30) UNION SELECT user_id FROM orders WHERE orders.deleted_at IS NULL

=== UNION ALL of one table outside the policy
twin: the arm needs no condition
--- in
SELECT id FROM cities UNION ALL SELECT id FROM cities
--- same

=== UNION ALL
why: the arm without WHERE gets one
--- in
SELECT id FROM users UNION ALL SELECT id FROM cities UNION ALL SELECT id FROM users WHERE age > 30
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL UNION ALL SELECT id FROM cities UNION ALL SELECT id FROM users WHERE users.deleted_at IS NULL AND (age > 30)

=== INTERSECT
why: a deleted row is in no intersection
--- in
SELECT id FROM users INTERSECT SELECT user_id FROM orders
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL INTERSECT SELECT user_id FROM orders WHERE orders.deleted_at IS NULL

=== EXCEPT
why: a deleted row excludes nothing
--- in
SELECT id FROM users EXCEPT SELECT user_id FROM orders
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL EXCEPT SELECT user_id FROM orders WHERE orders.deleted_at IS NULL

=== EXCEPT ALL and INTERSECT ALL
why: as above, with counts
--- in
SELECT name FROM users EXCEPT ALL (SELECT name FROM users WHERE id = 1 INTERSECT ALL SELECT name FROM users)
--- out
SELECT name FROM users WHERE users.deleted_at IS NULL EXCEPT ALL (SELECT name FROM users WHERE users.deleted_at IS NULL AND (id = 1) INTERSECT ALL SELECT name FROM users WHERE users.deleted_at IS NULL)

=== Parentheses
why: a closing parenthesis ends the WHERE
--- in
(SELECT id FROM users WHERE age > 30) UNION (SELECT id FROM orders)
--- out
(SELECT id FROM users WHERE users.deleted_at IS NULL AND (age > 30)) UNION (SELECT id FROM orders WHERE orders.deleted_at IS NULL)

=== ORDER BY of an arm
why: the LIMIT of the arm counts live rows
--- in
(SELECT id FROM users ORDER BY age, id LIMIT 2) UNION ALL (SELECT id FROM orders ORDER BY total, id LIMIT 2)
--- out
(SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY age, id LIMIT 2) UNION ALL (SELECT id FROM orders WHERE orders.deleted_at IS NULL ORDER BY total, id LIMIT 2)

=== ORDER BY of the whole
why: it ends the last arm's FROM
order: total
--- in
SELECT id FROM users UNION ALL SELECT id FROM orders ORDER BY id DESC LIMIT 5
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL UNION ALL SELECT id FROM orders WHERE orders.deleted_at IS NULL ORDER BY id DESC LIMIT 5

=== Whole rows
why: equal live rows are one, whatever deleted twins they have
--- in
SELECT * FROM users INTERSECT SELECT * FROM users
--- out
SELECT * FROM users WHERE users.deleted_at IS NULL INTERSECT SELECT * FROM users WHERE users.deleted_at IS NULL

=== Joins in an arm
why: each arm has its own joins
--- in
SELECT c.id, u.id FROM cities c LEFT JOIN users u ON u.id = c.mayor_id UNION SELECT o.id, i.id FROM orders o RIGHT JOIN items i ON i.order_id = o.id
--- out
SELECT c.id, u.id FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id UNION SELECT o.id, i.id FROM (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) RIGHT JOIN items i ON i.order_id = o.id WHERE i.deleted_at IS NULL

=== Nested set operations
why: every arm at every level
--- in
SELECT id FROM users EXCEPT (SELECT user_id FROM orders UNION (SELECT user_id FROM notes INTERSECT SELECT id FROM users))
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL EXCEPT (SELECT user_id FROM orders WHERE orders.deleted_at IS NULL UNION (SELECT user_id FROM notes WHERE notes.deleted_at IS NULL INTERSECT SELECT id FROM users WHERE users.deleted_at IS NULL))

=== A set operation with FOR UPDATE
twin: PostgreSQL refuses it, on both sides
error: 0A000
--- in
SELECT id FROM users UNION SELECT id FROM orders FOR UPDATE
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL UNION SELECT id FROM orders WHERE orders.deleted_at IS NULL FOR UPDATE
