# RETURNING old.column and new.column, of PostgreSQL 18: to the parser these are columns of tables.

=== The old and the new row of an UPDATE
why: only live rows are updated, and so both are live
needs: 18
--- in
UPDATE users SET name = 'x' WHERE id > 0 RETURNING old.name, new.name
--- out
UPDATE users SET name = 'x' WHERE users.deleted_at IS NULL AND (id > 0) RETURNING old.name, new.name

=== The old row of a DELETE
why: it is the row before the mark
needs: 18
--- in
DELETE FROM users WHERE id > 0 RETURNING old.id, old.name
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id > 0) RETURNING old.id, old.name

=== The new row of a DELETE
why: a DELETE has none, and on PostgreSQL 18 its columns are NULL; an UPDATE has one
--- in
DELETE FROM users WHERE id > 0 RETURNING id, coalesce(new.id, 0)
--- refused
softdelete: refused DELETE on users at character 13: a DELETE has no new row, and the UPDATE that stands in its place does; return the columns without new

=== The new row of a DELETE with consequences
why: as above
policy: family
--- in
DELETE FROM fam.users WHERE id > 0 RETURNING new.id
--- refused
softdelete: refused DELETE on fam.users at character 13: a DELETE has no new row, and the UPDATE that stands in its place does; return the columns without new

=== A table that is called new
twin: then it is that one's column
--- in
DELETE FROM users AS new WHERE id > 0 RETURNING new.id
--- out
UPDATE users AS new SET deleted_at = now() WHERE new.deleted_at IS NULL AND (id > 0) RETURNING new.id

=== A source that is called new
twin: as above
--- in
DELETE FROM users USING orders AS new WHERE new.user_id = users.id RETURNING new.id
--- out
UPDATE users SET deleted_at = now() FROM (orders AS new JOIN (SELECT) AS _sd1 ON new.deleted_at IS NULL) WHERE users.deleted_at IS NULL AND (new.user_id = users.id) RETURNING new.id

=== The new row of a real DELETE
twin: the DELETE stays one
needs: 18
scope: hard
--- in
DELETE FROM users WHERE id > 0 RETURNING new.id
--- same

=== The old row of an upsert
why: it is the live row in conflict
needs: 18
--- in
INSERT INTO accounts (id, login) VALUES (100, 'new') ON CONFLICT (id) DO UPDATE SET login = 'x' RETURNING old.id, new.id
--- out
INSERT INTO accounts (id, login) VALUES (100, 'new') ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET login = 'x' WHERE CASE WHEN accounts.deleted_at IS NULL THEN true ELSE ('softdelete:23505:accounts:' || accounts.deleted_at::text)::int = 0 END RETURNING old.id, new.id

=== The old row of an insert that may take a deleted row's place
why: it would be the deleted row, and a new row has no old one
policy: phoenix
--- in
INSERT INTO accounts (id, login) VALUES (3, 'new') RETURNING old.login
--- refused
softdelete: refused INSERT on accounts at character 13: old would be the deleted row whose place the new one takes; leave it out of RETURNING
