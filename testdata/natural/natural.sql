# NATURAL JOIN and USING on a marker: live rows have NULL markers, and match nothing.

=== NATURAL JOIN of two tables
why: it would join on deleted_at too
--- in
SELECT * FROM users NATURAL JOIN orders
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN outside the policy
twin: no marker
--- in
SELECT * FROM cities NATURAL JOIN audit
--- same

=== NATURAL LEFT JOIN
why: as above
--- in
SELECT * FROM users NATURAL LEFT JOIN orders
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN of a sub-select with a star
why: the star shows the marker
--- in
SELECT * FROM users NATURAL JOIN (SELECT * FROM orders) o
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN of a sub-select without the marker
twin: the sub-select shows the key only
--- in
SELECT a.name FROM accounts b NATURAL JOIN (SELECT id, name FROM users) a
--- out
SELECT a.name FROM accounts b NATURAL JOIN (SELECT id, name FROM users WHERE users.deleted_at IS NULL) a WHERE b.deleted_at IS NULL

=== NATURAL JOIN of two sub-selects
twin: neither shows a marker
--- in
SELECT * FROM (SELECT id, name FROM users) a NATURAL JOIN (SELECT id, total FROM orders) b
--- out
SELECT * FROM (SELECT id, name FROM users WHERE users.deleted_at IS NULL) a NATURAL JOIN (SELECT id, total FROM orders WHERE orders.deleted_at IS NULL) b

=== NATURAL JOIN of a query with a star
why: a WITH query shows the marker as well
--- in
WITH o AS (SELECT * FROM orders) SELECT * FROM users NATURAL JOIN o
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN of a query without the marker
twin: it shows two columns
--- in
WITH o AS (SELECT id, login FROM accounts) SELECT id, name, login FROM users NATURAL JOIN o
--- out
WITH o AS (SELECT id, login FROM accounts WHERE accounts.deleted_at IS NULL) SELECT id, name, login FROM users NATURAL JOIN o WHERE users.deleted_at IS NULL

=== NATURAL JOIN of a RETURNING with a star
why: as above
--- in
WITH o AS (UPDATE orders SET total = 0 RETURNING *) SELECT * FROM users NATURAL JOIN o
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN of an alias list
why: the list makes a column of the marker's name
--- in
SELECT * FROM users NATURAL JOIN (SELECT id, id FROM cities) AS c (id, deleted_at)
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN of a relation that the policy does not know
why: it may be a view that shows a marker
--- in
SELECT users.id FROM users NATURAL JOIN cities
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN of a function
why: its columns are not known
--- in
SELECT users.id FROM users NATURAL JOIN pair(1) AS p (id, q)
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN under a join
why: the left side shows the markers of both its items
--- in
SELECT 1 FROM (users u CROSS JOIN cities c) NATURAL JOIN orders
--- refused
softdelete: refused SELECT: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== USING the marker
why: it is asked for by name
--- in
SELECT u.id FROM users u JOIN orders o USING (id, deleted_at)
--- refused
softdelete: refused SELECT: USING (deleted_at) joins on a marker column; join on other columns

=== USING the key
twin: the marker is not among the columns
--- in
SELECT id, u.name FROM users u JOIN accounts a USING (id)
--- out
SELECT id, u.name FROM users u JOIN accounts a USING (id) WHERE u.deleted_at IS NULL AND a.deleted_at IS NULL

=== USING a column named like a marker
why: a column of that name counts as a marker, wherever it comes from
--- in
SELECT * FROM (SELECT 1 AS deleted_at) a JOIN (SELECT 1 AS deleted_at) b USING (deleted_at)
--- refused
softdelete: refused SELECT: USING (deleted_at) joins on a marker column; join on other columns

=== USING a column of no marker's name
twin: "deleted" marks nothing here
--- in
SELECT * FROM (SELECT 1 AS deleted) a JOIN (SELECT 1 AS deleted) b USING (deleted)
--- same

=== USING the marker of a sub-select
why: the star shows it
--- in
SELECT 1 FROM (SELECT * FROM users) u JOIN (SELECT * FROM orders) o USING (deleted_at)
--- refused
softdelete: refused SELECT: USING (deleted_at) joins on a marker column; join on other columns

=== A comparison of markers by hand
twin: NULL equals nothing for the twin either
--- in
SELECT u.id FROM users u JOIN orders o ON u.deleted_at = o.deleted_at
--- out
SELECT u.id FROM users u JOIN orders o ON u.deleted_at = o.deleted_at WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL

=== NATURAL JOIN in UPDATE … FROM
why: the same rule for every FROM
--- in
UPDATE cities SET name = 'x' FROM users NATURAL JOIN orders WHERE cities.id = users.id
--- refused
softdelete: refused UPDATE: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)

=== NATURAL JOIN in DELETE … USING
why: the same rule for every FROM
--- in
DELETE FROM cities USING users NATURAL JOIN orders WHERE cities.id = users.id
--- refused
softdelete: refused DELETE: a NATURAL JOIN would also join on the marker column, which both sides may have; name the columns: JOIN … USING (…)
