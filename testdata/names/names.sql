# What a name in a statement means.

=== A schema
why: public.users is the policy's users
--- in
SELECT id FROM public.users
--- out
SELECT id FROM public.users WHERE users.deleted_at IS NULL

=== A schema outside the policy
twin: pg_catalog has no such table; the policy's is not meant
error: 42P01
--- in
SELECT id FROM pg_catalog.users
--- same

=== Another schema in the policy
why: s2.users is an entry of its own
--- in
SELECT id FROM s2.users
--- out
SELECT id FROM s2.users WHERE users.deleted_at IS NULL

=== A database, a schema, a table
why: the database is the present one, whatever its name
run: no, the name of the database is drawn at random
--- in
SELECT id FROM shop.public.users AS u
--- out
SELECT id FROM shop.public.users AS u WHERE u.deleted_at IS NULL

=== Upper case without quotes
why: it is folded
--- in
SELECT ID FROM USERS
--- out
SELECT ID FROM USERS WHERE users.deleted_at IS NULL

=== Mixed case in quotes
why: "Users" is another table, and in the policy too
--- in
SELECT id FROM "Users"
--- out
SELECT id FROM "Users" WHERE "Users".deleted_at IS NULL

=== Another case in quotes
twin: "uSERS" is in no policy, and does not exist
error: 42P01
--- in
SELECT id FROM "uSERS"
--- same

=== Quotes that change nothing
why: "users" is users
--- in
SELECT "id" FROM "public"."users" WHERE "age" > 30
--- out
SELECT "id" FROM "public"."users" WHERE users.deleted_at IS NULL AND ("age" > 30)

=== Spaces and capitals
why: table and marker are quoted in what is added
--- in
SELECT "Line No" FROM "Order Lines"
--- out
SELECT "Line No" FROM "Order Lines" WHERE "Order Lines"."Removed At" IS NULL

=== Spaces and capitals beneath an outer join
why: as above
--- in
SELECT c.id, "Line No" FROM cities c LEFT JOIN "Order Lines" ON "Order" = c.id + 99
--- out
SELECT c.id, "Line No" FROM cities c LEFT JOIN ("Order Lines" JOIN (SELECT) AS _sd1 ON "Order Lines"."Removed At" IS NULL) ON "Order" = c.id + 99

=== Spaces and capitals in a deletion
why: as above
--- in
DELETE FROM "Order Lines" WHERE "Order" = 100
--- out
UPDATE "Order Lines" SET "Removed At" = now() WHERE "Order Lines"."Removed At" IS NULL AND ("Order" = 100)

=== Spaces and capitals in an alias
why: the alias is quoted as well
--- in
SELECT "My Lines"."Line No" FROM "Order Lines" AS "My Lines"
--- out
SELECT "My Lines"."Line No" FROM "Order Lines" AS "My Lines" WHERE "My Lines"."Removed At" IS NULL

=== Quotes and dots in names
why: quotes are doubled in what is added
--- in
SELECT "a""b" FROM "Back.Office"."we""ird"
--- out
SELECT "a""b" FROM "Back.Office"."we""ird" WHERE "we""ird"."gone ""at""" IS NULL

=== Quotes and dots in a deletion
why: as above
--- in
DELETE FROM "Back.Office"."we""ird" AS "a""b" WHERE "a""b"."a""b" = 10
--- out
UPDATE "Back.Office"."we""ird" AS "a""b" SET "gone ""at""" = now() WHERE "a""b"."gone ""at""" IS NULL AND ("a""b"."a""b" = 10)

=== A keyword as a table
why: it is quoted in what is added
--- in
SELECT id FROM "select"
--- out
SELECT id FROM "select" WHERE "select".deleted_at IS NULL

=== A keyword as a table, with keywords as columns
why: words behind a dot, and words in quotes, are names
--- in
SELECT s."from", "select".where FROM "select", "select" s WHERE s.from = "select".from AND s.where = 'here'
--- out
SELECT s."from", "select".where FROM "select", "select" s WHERE "select".deleted_at IS NULL AND s.deleted_at IS NULL AND (s.from = "select".from AND s.where = 'here')

=== Keywords as columns behind a dot, in a join
why: .from and .where begin no clause
--- in
SELECT s.id FROM "select" s LEFT JOIN orders o ON o.id = s.from AND s.where IS NOT NULL LEFT JOIN items i ON i.id = s.from
--- out
SELECT s.id FROM "select" s LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.id = s.from AND s.where IS NOT NULL LEFT JOIN (items i JOIN (SELECT) AS _sd2 ON i.deleted_at IS NULL) ON i.id = s.from WHERE s.deleted_at IS NULL

=== Keywords as columns in an update
why: as above
--- in
UPDATE "select" AS s SET "where" = s.where || 'x' FROM orders o WHERE s.from = o.id - 99
--- out
UPDATE "select" AS s SET "where" = s.where || 'x' FROM (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) WHERE s.deleted_at IS NULL AND (s.from = o.id - 99)

=== Keywords as labels
why: AS makes a name of anything
--- in
SELECT 1 AS from, 2 AS where, id AS select FROM users ORDER BY id
--- out
SELECT 1 AS from, 2 AS where, id AS select FROM users WHERE users.deleted_at IS NULL ORDER BY id

=== A keyword as an alias
why: some keywords can be one without quotes
--- in
SELECT natural_.id, set.id, values.id, "table".id FROM users natural_, orders set, items values, notes "table" WHERE natural_.id = set.user_id AND values.order_id = set.id AND "table".user_id = natural_.id
--- out
SELECT natural_.id, set.id, values.id, "table".id FROM users natural_, orders set, items values, notes "table" WHERE natural_.deleted_at IS NULL AND set.deleted_at IS NULL AND "values".deleted_at IS NULL AND "table".deleted_at IS NULL AND (natural_.id = set.user_id AND values.order_id = set.id AND "table".user_id = natural_.id)

=== An unreserved keyword as an alias in a deletion
why: behind the alias comes SET
--- in
DELETE FROM users update WHERE update.id = 1
--- out
UPDATE users update SET deleted_at = now() WHERE update.deleted_at IS NULL AND (update.id = 1)

=== Letters beyond ASCII
why: positions are counted in bytes, names in characters
--- in
SELECT maß FROM größe WHERE maß <> 0 AND 'ß' = 'ß'
--- out
SELECT maß FROM größe WHERE "größe".deleted_at IS NULL AND (maß <> 0 AND 'ß' = 'ß')

=== Letters beyond ASCII in an alias
why: as above
--- in
SELECT ünïcode.id, 'größe' FROM cities c LEFT JOIN users AS ünïcode ON ünïcode.id = c.mayor_id WHERE c.name = 'Köln'
--- out
SELECT ünïcode.id, 'größe' FROM cities c LEFT JOIN (users AS ünïcode JOIN (SELECT) AS _sd1 ON "ünïcode".deleted_at IS NULL) ON ünïcode.id = c.mayor_id WHERE c.name = 'Köln'

=== Letters beyond ASCII are not folded
twin: GRÖSSE is another name
error: 42P01
--- in
SELECT maß FROM GRÖßE
--- same

=== Unicode escapes
why: U&"\0075sers" is users
--- in
SELECT id FROM U&"\0075sers" WHERE age > 30
--- out
SELECT id FROM U&"\0075sers" WHERE users.deleted_at IS NULL AND (age > 30)

=== Unicode escapes with a character of one's own
why: UESCAPE belongs to the name
--- in
SELECT id FROM U&"!0075sers" UESCAPE '!' WHERE age > 30
--- out
SELECT id FROM U&"!0075sers" UESCAPE '!' WHERE users.deleted_at IS NULL AND (age > 30)

=== Unicode escapes beneath an outer join
why: the reference ends behind UESCAPE
--- in
SELECT c.id, "users".id FROM cities c LEFT JOIN U&"!0075sers" UESCAPE '!' ON "users".id = c.mayor_id
--- out
SELECT c.id, "users".id FROM cities c LEFT JOIN (U&"!0075sers" UESCAPE '!' JOIN (SELECT) AS _sd1 ON users.deleted_at IS NULL) ON "users".id = c.mayor_id

=== Unicode escapes in an alias
why: the alias is users, and quoted if need be
--- in
SELECT c.id FROM cities c LEFT JOIN orders AS U&"d!0061t\0061" UESCAPE '!' ON U&"d!0061t\0061" UESCAPE '!'.user_id = c.mayor_id
--- out
SELECT c.id FROM cities c LEFT JOIN (orders AS U&"d!0061t\0061" UESCAPE '!' JOIN (SELECT) AS _sd1 ON "dat\0061".deleted_at IS NULL) ON U&"d!0061t\0061" UESCAPE '!'.user_id = c.mayor_id

=== Unicode escapes in a schema
why: each part can have some
--- in
SELECT id FROM U&"publi\0063".U&"u!0073ers" UESCAPE '!'
--- out
SELECT id FROM U&"publi\0063".U&"u!0073ers" UESCAPE '!' WHERE users.deleted_at IS NULL

=== A name of more than 63 bytes
twin: it is cut, and then means another table
error: 42P01
--- in
SELECT id FROM users_users_users_users_users_users_users_users_users_users_users_users_users
--- same

=== A schema for each tenant
why: *.docs is docs in every schema
--- in
SELECT a.title, b.title FROM t1.docs a, t2.docs b
--- out
SELECT a.title, b.title FROM t1.docs a, t2.docs b WHERE a.deleted_at IS NULL AND b.deleted_at IS NULL

=== A schema for each tenant, by search_path
why: an unqualified name is decided on the server
--- before
SET LOCAL search_path = t1, public
--- in
SELECT title FROM docs
--- out
SELECT title FROM docs WHERE docs.deleted_at IS NULL

=== A schema for each tenant, in a deletion
why: as above
--- before
SET LOCAL search_path = t2, public
--- in
DELETE FROM docs WHERE owner_id = 4
--- out
UPDATE docs SET deleted_at = now() WHERE docs.deleted_at IS NULL AND (owner_id = 4)

=== A system schema is no tenant
twin: information_schema.docs would be none of ours
error: 42P01
--- in
SELECT title FROM information_schema.docs
--- same

=== search_path decides between two tables of the policy
why: they have the same marker, so one condition serves for both
--- before
SET LOCAL search_path = s2, public
--- in
SELECT name FROM users
--- out
SELECT name FROM users WHERE users.deleted_at IS NULL

=== One name, two tables, two markers
why: no condition serves for both
policy: markers
--- in
SELECT id FROM logs
--- refused
softdelete: refused SELECT on b.logs at character 16: "logs" can mean a.logs or b.logs, which differ in marker or scope; qualify the name with its schema

=== One name, two tables, two markers, a schema
twin: the schema decides
policy: markers
run: no, the shop has no such table
--- in
SELECT id FROM a.logs UNION SELECT id FROM b.logs
--- out
SELECT id FROM a.logs WHERE logs.deleted_at IS NULL UNION SELECT id FROM b.logs WHERE NOT logs.gone

=== A WITH query hides a table
twin: the name is the query's
--- in
WITH users AS (SELECT 1 AS id) SELECT u.id FROM users u
--- same

=== A column named like a table
why: a column is no table
--- in
SELECT users FROM (SELECT 1 AS users) AS x, cities WHERE users = cities.id
--- same

=== A table named in a string
twin: a string is no table
--- in
SELECT 'SELECT * FROM users', $$DELETE FROM users$$, E'users\'s', U&'\0075sers', B'101', X'1F', N'users' FROM cities WHERE name <> 'users'
--- same

=== A function named like a table
twin: a function is no table
error: 42883
--- in
SELECT * FROM users(1)
--- same

=== A type named like a table
twin: a type is no table, and nothing is read
--- in
SELECT NULL::users, CAST(NULL AS public.users), (NULL::users).name
--- same

=== regclass
twin: a name in a string, and nothing is read
--- in
SELECT 'users'::regclass::text
--- same

=== A temporary table by schema
why: pg_temp is never in the policy
--- before
CREATE TEMP TABLE users (id int)
--- in
SELECT id FROM pg_temp.users
--- same

=== The tables' own schema beside a temporary table
twin: public.users is the table of the policy
--- before
CREATE TEMP TABLE users (id int)
--- in
SELECT id FROM public.users
--- out
SELECT id FROM public.users WHERE users.deleted_at IS NULL
