
=== A comment between NOT and IN
why: the parser looks ahead there without skipping comments, the server does not mind
--- in
SELECT id FROM users WHERE id NOT /* these */ IN (1, 2)
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id NOT /* these */ IN (1, 2))

=== A comment between NULLS and FIRST
why: as for NOT IN
--- in
SELECT id FROM users ORDER BY age NULLS -- the unknown
 FIRST, id
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL ORDER BY age NULLS -- the unknown
 FIRST, id

=== A comment between WITH and ORDINALITY
why: as for NOT IN; and this WITH ends no FROM
--- in
SELECT u.id, e.n FROM unnest(ARRAY[1, 2]) WITH /* c */ ORDINALITY AS e(id, n) JOIN users u ON u.id = e.id
--- out
SELECT u.id, e.n FROM unnest(ARRAY[1, 2]) WITH /* c */ ORDINALITY AS e(id, n) JOIN users u ON u.id = e.id WHERE u.deleted_at IS NULL

=== A comment between two parts of a literal
why: to the server it is one literal
--- in
SELECT id FROM users WHERE name = 'F' -- in two parts
'ay'
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (name = 'F' -- in two parts
'ay')
