# Unqualified names that mean several tables of the policy.

=== A delete from one of two tables, one of which has children
why: whichever entry comes first would decide whether the children are deleted
policy: two_schemas
--- in
DELETE FROM users WHERE id = 1
--- refused
softdelete: refused DELETE on users at character 13: "users" can mean archive.users or users, and foreign keys lead from one of them to other tables; qualify the name with its schema

=== A delete from a table of that name, qualified
twin: the name means one table
policy: two_schemas
run: no, there is no such schema
--- in
DELETE FROM archive.users WHERE id = 1
--- out
UPDATE archive.users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1)

=== A write of a reference to it
why: which parent is looked at would depend on the order of the entries
policy: two_schemas
--- in
UPDATE users SET id = 2 WHERE id = 1
--- refused
softdelete: refused UPDATE on users at character 8: "users" can mean archive.users or users, and foreign keys lead from one of them to other tables; qualify the name with its schema

=== A read of it
twin: both have the same marker
policy: two_schemas
--- in
SELECT count(*) FROM users
--- out
SELECT count(*) FROM users WHERE users.deleted_at IS NULL

=== A hard delete of it
twin: PostgreSQL's own foreign keys follow
policy: two_schemas
scope: hard users, archive.users
run: no, the twin has them
--- in
DELETE FROM users WHERE id = 1
--- same

=== A delete from one of two tables, one of which has a deletion id
why: the other has no such column
policy: two_schemas
--- in
DELETE FROM notes WHERE id = 1
--- refused
softdelete: refused DELETE on notes at character 13: "notes" can mean archive.notes or notes, which differ in the columns that a write sets; qualify the name with its schema

=== A copy into one of them
why: what the rows may refer to is looked at for one of the tables only
policy: two_schemas
--- in
COPY users FROM STDIN
--- refused
softdelete: refused COPY on users at character 6: "users" can mean archive.users or users, and foreign keys lead from one of them to other tables; qualify the name with its schema

=== A copy into a table of that name, qualified
twin: nothing leads from it
policy: two_schemas
run: no, COPY FROM STDIN needs rows
--- in
COPY archive.users FROM STDIN
--- same
