# What is the user's stays byte for byte: comments, hints, spacing, odd tokens.

=== A hint
why: planners' hints are comments that must stay where they are
--- in
/*+ SeqScan(users) */ SELECT /*+ IndexScan(u users_pkey) */ id FROM users u /* u */ WHERE /* id */ id > 3
--- out
/*+ SeqScan(users) */ SELECT /*+ IndexScan(u users_pkey) */ id FROM users u /* u */ WHERE /* id */ u.deleted_at IS NULL AND (id > 3)

=== A statement's name
why: sqlc begins its statements so
--- in
-- name: GetUser :one
SELECT id, name FROM users
WHERE id = 1 LIMIT 1
--- out
-- name: GetUser :one
SELECT id, name FROM users
WHERE users.deleted_at IS NULL AND (id = 1) LIMIT 1

=== A trace comment at the end
why: the WHERE goes before it
--- in
SELECT id FROM users /* traceparent='00-ab-01' */
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL /* traceparent='00-ab-01' */

=== A line comment at the end
why: behind "--" our text would be a comment
--- in
SELECT id FROM users -- all of them
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL -- all of them

=== A line comment before the WHERE
why: as above
--- in
SELECT id FROM users -- all of them
WHERE id > 0 -- really
ORDER BY id -- in order
--- out
SELECT id FROM users -- all of them
WHERE users.deleted_at IS NULL AND (id > 0) -- really
ORDER BY id -- in order

=== A line comment before the end of the WHERE
why: the parenthesis closes before it
--- in
SELECT id FROM users WHERE id > 0 -- a OR b
  OR name = 'Ann' -- done
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id > 0 -- a OR b
  OR name = 'Ann') -- done

=== Comments within DELETE FROM
why: the words around it become UPDATE
--- in
DELETE /* all */ FROM -- the
users /* of them */ WHERE /* if */ id = 1 /* is */ -- it
--- out
UPDATE /* all */  -- the
users SET deleted_at = now() /* of them */ WHERE /* if */ users.deleted_at IS NULL AND (id = 1) /* is */ -- it

=== A line comment between DELETE and FROM
why: FROM goes, the comment and its line stay
--- in
DELETE -- careful
FROM users WHERE id = 1
--- out
UPDATE -- careful
 users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 1)

=== Comments around an alias
why: the reference ends behind the alias
--- in
SELECT c.id, u.id FROM cities c LEFT JOIN users /* people */ AS /* as */ u -- alias
 ON /* on */ u.id = c.mayor_id
--- out
SELECT c.id, u.id FROM cities c LEFT JOIN (users /* people */ AS /* as */ u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) -- alias
 ON /* on */ u.id = c.mayor_id

=== Comments within a qualified name
why: a name may be spread over lines
--- in
SELECT id FROM public /* schema */ . -- dot
users WHERE id > 0
--- out
SELECT id FROM public /* schema */ . -- dot
users WHERE users.deleted_at IS NULL AND (id > 0)

=== Comments that contain SQL
why: they are no SQL
--- in
SELECT /* FROM orders WHERE */ id -- FROM items
FROM users /* ; DELETE FROM users */
--- out
SELECT /* FROM orders WHERE */ id -- FROM items
FROM users WHERE users.deleted_at IS NULL /* ; DELETE FROM users */

=== Nested comments
why: PostgreSQL's comments nest
--- in
SELECT id /* a /* b */ FROM x */ FROM users /* /* */ WHERE */ WHERE id = 1
--- out
SELECT id /* a /* b */ FROM x */ FROM users /* /* */ WHERE */ WHERE users.deleted_at IS NULL AND (id = 1)

=== A comment in place of a space
why: tokens need not be apart
--- in
DELETE/**/FROM/**/users/**/WHERE/**/id=1
--- out
UPDATE/**//**/users SET deleted_at = now()/**/WHERE/**/users.deleted_at IS NULL AND (id=1)

=== No spaces
why: what is added keeps words apart
--- in
SELECT"id"FROM"users"WHERE("id")=(1)AND"age">2
--- out
SELECT"id"FROM"users"WHERE users.deleted_at IS NULL AND (("id")=(1)AND"age">2)

=== No spaces at a parenthesis
why: as above
--- in
SELECT(id)FROM(SELECT id FROM users)x WHERE(id=1)
--- out
SELECT(id)FROM(SELECT id FROM users WHERE users.deleted_at IS NULL)x WHERE(id=1)

=== Line ends of Windows
why: they are spaces like others
--- in quoted
"SELECT id\r\nFROM users\r\nWHERE id = 1\r\nOR id = 2\r\n"
--- out quoted
"SELECT id\r\nFROM users\r\nWHERE users.deleted_at IS NULL AND (id = 1\r\nOR id = 2)\r\n"

=== Tabs, form feeds, spaces at the ends
why: as above
--- in quoted
"\t SELECT id\fFROM\n users \t"
--- out quoted
"\t SELECT id\fFROM\n users WHERE users.deleted_at IS NULL \t"

=== A semicolon at the end
why: the WHERE goes before it
--- in
SELECT id FROM users;
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL;

=== Semicolons and comments at the end
why: as above
--- in
SELECT id FROM users /* a */ ; -- b
;
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL /* a */ ; -- b
;

=== Spaces within
why: they stay
--- in
SELECT   id ,name
  FROM     users    u
 WHERE     u . id   =   1
    OR     ( u . name  =  'Ann' )
--- out
SELECT   id ,name
  FROM     users    u
 WHERE     u.deleted_at IS NULL AND (u . id   =   1
    OR     ( u . name  =  'Ann' ))

=== Dollar quotes
why: their contents are a string
--- in
SELECT $$ FROM orders WHERE $$, $q$ $$ -- ' /* $q$ FROM users WHERE name <> $$it's$$ OR id = 1
--- out
SELECT $$ FROM orders WHERE $$, $q$ $$ -- ' /* $q$ FROM users WHERE users.deleted_at IS NULL AND (name <> $$it's$$ OR id = 1)

=== Strings over several lines
why: two strings on two lines are one
--- in
SELECT 'a'
  'b', E'\''
' FROM ' FROM users WHERE name <> 'x''y' OR name = E'\\'
--- out
SELECT 'a'
  'b', E'\''
' FROM ' FROM users WHERE users.deleted_at IS NULL AND (name <> 'x''y' OR name = E'\\')

=== Strings that look like comments
why: they are strings
--- in
SELECT '--', '/*', "id" AS "--" FROM users WHERE name <> '/*' OR name <> '*/'
--- out
SELECT '--', '/*', "id" AS "--" FROM users WHERE users.deleted_at IS NULL AND (name <> '/*' OR name <> '*/')

=== Backslashes
why: a backslash is a character like others
--- in
SELECT '\' FROM users WHERE name <> 'a\' OR name = '\n'
--- out
SELECT '\' FROM users WHERE users.deleted_at IS NULL AND (name <> 'a\' OR name = '\n')

=== Unicode strings
why: U&'…' is a string, with an UESCAPE of its own
--- in
SELECT U&'d!0061t!+000061' UESCAPE '!' FROM users WHERE name <> U&'\0041' OR id = 1
--- out
SELECT U&'d!0061t!+000061' UESCAPE '!' FROM users WHERE users.deleted_at IS NULL AND (name <> U&'\0041' OR id = 1)

=== Operators
why: an operator ends where PostgreSQL ends it
--- in
SELECT id FROM users WHERE age <-|->40<5 OR age- @ -1>3 OR id*-1 =-+-1
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (age <-|->40<5 OR age- @ -1>3 OR id*-1 =-+-1)

=== An operator before a comment
why: -- and /* end an operator
--- in
SELECT id FROM users WHERE id =/* one */1 OR id =--
2
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id =/* one */1 OR id =--
2)

=== Casts, slices, parameters
why: colons have many meanings
args: 1, 2
--- in
SELECT tags[$1:$2], id::text::varchar(3), $1::int FROM users WHERE id=$1::int OR age>$2
--- out
SELECT tags[$1:$2], id::text::varchar(3), $1::int FROM users WHERE users.deleted_at IS NULL AND (id=$1::int OR age>$2)

=== Type names of several words
why: WITH in them ends nothing
--- in
SELECT '10:00'::time with time zone, CAST(placed AS timestamp without time zone) FROM orders WHERE placed::timestamp with time zone > '2024-02-03' OR id = 100
--- out
SELECT '10:00'::time with time zone, CAST(placed AS timestamp without time zone) FROM orders WHERE orders.deleted_at IS NULL AND (placed::timestamp with time zone > '2024-02-03' OR id = 100)

=== Keywords behind a dot
why: a keyword behind a dot is a name
--- in
SELECT s.where, s.from FROM "select" s WHERE s.from > 0 OR s.where IS NULL ORDER BY s.where
--- out
SELECT s.where, s.from FROM "select" s WHERE s.deleted_at IS NULL AND (s.from > 0 OR s.where IS NULL) ORDER BY s.where

=== Keywords in quotes
why: a keyword in quotes is a name
--- in
SELECT s."where" AS "from" FROM "select" AS s WHERE s."where" = 'here' OR s."from" = 3
--- out
SELECT s."where" AS "from" FROM "select" AS s WHERE s.deleted_at IS NULL AND (s."where" = 'here' OR s."from" = 3)

=== Letters beyond ASCII before the places of edits
why: positions are counted in bytes
--- in
SELECT 'größte Kundin — naïve' AS "ß", body FROM notes WHERE body LIKE '%größte%' OR body = 'é'
--- out
SELECT 'größte Kundin — naïve' AS "ß", body FROM notes WHERE notes.deleted_at IS NULL AND (body LIKE '%größte%' OR body = 'é')

=== Text beyond the basic plane
why: as above
--- in
SELECT '👩‍👩‍👧‍👦' AS "🙂" FROM users AS "😀" WHERE "😀".name = '🙂' OR "😀".id = 1
--- out
SELECT '👩‍👩‍👧‍👦' AS "🙂" FROM users AS "😀" WHERE "😀".deleted_at IS NULL AND ("😀".name = '🙂' OR "😀".id = 1)

=== The same text twice
why: each statement has its own edits
--- in
SELECT id FROM users WHERE id = 1 OR id = 3; SELECT id FROM users WHERE id = 1 OR id = 3
--- out
SELECT id FROM users WHERE users.deleted_at IS NULL AND (id = 1 OR id = 3); SELECT id FROM users WHERE users.deleted_at IS NULL AND (id = 1 OR id = 3)

=== Parameters more than once
why: nothing is renumbered
args: 1, 'Ann', 41
--- in
SELECT id, $2::text FROM users WHERE id = $1 OR name = $2 AND age = $3 OR id = $1 + 1
--- out
SELECT id, $2::text FROM users WHERE users.deleted_at IS NULL AND (id = $1 OR name = $2 AND age = $3 OR id = $1 + 1)

=== An error's place
why: it is mapped back to the user's text
error: 42703
--- in
SELECT u.id, o.nothing FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id = 1
--- out
SELECT u.id, o.nothing FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL AND (u.id = 1)

=== An error's place behind an insertion
why: as above
error: 42P01
--- in
SELECT u.id FROM cities c LEFT JOIN users u ON u.id = c.mayor_id LEFT JOIN orders o ON ö.x = 1
--- out
SELECT u.id FROM cities c LEFT JOIN (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) ON u.id = c.mayor_id LEFT JOIN (orders o JOIN (SELECT) AS _sd2 ON o.deleted_at IS NULL) ON ö.x = 1

=== An error's place behind a replacement
why: as above
error: 42703
--- in
DELETE FROM users AS u USING orders o WHERE u.id = o.user_id AND u.nothing = 'ß' RETURNING u.id
--- out
UPDATE users AS u SET deleted_at = now() FROM (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) WHERE u.deleted_at IS NULL AND (u.id = o.user_id AND u.nothing = 'ß') RETURNING u.id

=== An error's place behind letters beyond ASCII
why: places are counted in characters
error: 42883
--- in
SELECT 'ßßß', nothing(id) FROM users WHERE 'ß' <> 'é'
--- out
SELECT 'ßßß', nothing(id) FROM users WHERE users.deleted_at IS NULL AND ('ß' <> 'é')

=== Parentheses everywhere
why: each is skipped as a whole
--- in
((SELECT ((u.id)) FROM ((users u JOIN orders o ON ((o.user_id = (u.id))))) WHERE (((u.id) = 1)) OR ((u.id = 3))))
--- out
((SELECT ((u.id)) FROM ((users u JOIN orders o ON ((o.user_id = (u.id))))) WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL AND ((((u.id) = 1)) OR ((u.id = 3)))))
