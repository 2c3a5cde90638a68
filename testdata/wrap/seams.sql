# Where the pieces of a wrapped statement meet: comments, white space, names.

=== Comments everywhere
why: what is added goes behind a token or directly before one, never behind a line comment
policy: pair
--- in
/* 0 */ DELETE /* 1 */ FROM /* 2 */ makers /* 3 */ AS /* 4 */ m /* 5 */ WHERE /* 6 */ m.id /* 7 */ = /* 8 */ 1 /* 9 */ RETURNING /* 10 */ m.id /* 11 */ AS /* 12 */ x /* 13 */ , /* 14 */ name /* 15 */ ; /* 16 */
--- out
/* 0 */ WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE /* 1 */  /* 2 */ makers /* 3 */ AS /* 4 */ m SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = m.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) /* 5 */ WHERE /* 6 */ m.deleted_at IS NULL AND (m.id /* 7 */ = /* 8 */ 1) /* 9 */ RETURNING /* 10 */ m.id /* 11 */ AS /* 12 */ x /* 13 */ , /* 14 */ name, m.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "x", _sd_c2 AS "name" FROM _sd_root /* 15 */ ; /* 16 */

=== Line comments everywhere
why: as above, where it matters most
policy: pair
--- in
-- 0
DELETE -- 1
FROM -- 2
makers -- 3
AS -- 4
m -- 5
WHERE -- 6
m.id -- 7
= -- 8
1 -- 9
RETURNING -- 10
m.id -- 11
AS -- 12
x -- 13
, -- 14
name -- 15
; -- 16
--- out
-- 0
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE -- 1
 -- 2
makers -- 3
AS -- 4
m SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = m.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) -- 5
WHERE -- 6
m.deleted_at IS NULL AND (m.id -- 7
= -- 8
1) -- 9
RETURNING -- 10
m.id -- 11
AS -- 12
x -- 13
, -- 14
name, m.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "x", _sd_c2 AS "name" FROM _sd_root -- 15
; -- 16

=== A line comment at the end
why: what follows the statement must not be in the comment
policy: pair
--- in
DELETE FROM makers WHERE id = 1 -- the end
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root -- the end

=== Line comments at the end
why: as above, behind the table
policy: pair
--- in
DELETE FROM makers WHERE id = 5 AND name IS NULL -- a
-- b
-- the end
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 5 AND name IS NULL) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root -- a
-- b
-- the end

=== Line comments in a WITH query
why: the head of the entry moves with its comments
policy: pair
--- in
WITH -- 1
d -- 2
( -- 3
a -- 4
) -- 5
AS -- 6
( -- 7
DELETE -- 8
FROM makers -- 9
WHERE id = 1 -- 10
RETURNING id -- 11
) -- 12
SELECT a -- 13
FROM d -- 14
;
--- out
WITH -- 1
_sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS ( -- 7
UPDATE -- 8
 makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) -- 9
WHERE makers.deleted_at IS NULL AND (id = 1) -- 10
RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d -- 2
( -- 3
a -- 4
) -- 5
AS -- 6
(SELECT _sd_c1 AS "id" FROM _sd_root -- 11
) -- 12
SELECT a -- 13
FROM d -- 14
;

=== Line comments around MATERIALIZED
why: as above
policy: pair
--- in
WITH d AS -- 1
NOT -- 2
MATERIALIZED -- 3
( -- 4
DELETE FROM makers WHERE id = 1 RETURNING id -- 5
) SELECT id FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS ( -- 4
UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS -- 1
NOT -- 2
MATERIALIZED -- 3
(SELECT _sd_c1 AS "id" FROM _sd_root -- 5
) SELECT id FROM d

=== Line comments behind WITH in front
why: the comma stands before the statement, not in the comment
policy: pair
--- in
WITH x AS (SELECT 1 AS id) -- 1
DELETE FROM makers -- 2
USING x -- 3
WHERE makers.id = x.id -- 4
--- out
WITH x AS (SELECT 1 AS id) -- 1
, _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) -- 2
FROM x -- 3
WHERE makers.deleted_at IS NULL AND (makers.id = x.id) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root -- 4

=== Nested comments
why: they end where the lexer says
policy: pair
--- in
DELETE FROM makers /* a /* b */ -- c */ WHERE id = 1 /* '*/
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) /* a /* b */ -- c */ WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root /* '*/

=== No white space
why: a word and what is added behind it do not become one
policy: pair
--- in
DELETE FROM"makers"WHERE"id"=1 RETURNING"id","name"AS"n";
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE"makers" SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id)WHERE makers.deleted_at IS NULL AND ("id"=1) RETURNING"id","name"AS"n", makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "n" FROM _sd_root;

=== Semicolons
why: what is added goes before them
policy: pair
--- in
;;DELETE FROM makers WHERE id = 1;;
--- out
;;WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root;;

=== Semicolons and comments
why: as above
policy: pair
--- in
DELETE FROM makers WHERE id = 1 /* a */ ; -- b
; /* c */
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root /* a */ ; -- b
; /* c */

=== Tabs and new lines
why: they stay
policy: pair
--- in
DELETE
	FROM makers
	WHERE id = 1
	RETURNING
		id,
		name
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id)
	WHERE makers.deleted_at IS NULL AND (id = 1)
	RETURNING
		id,
		name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root

=== Upper case
why: names fold as the server folds them
policy: pair
--- in
DELETE FROM MAKERS WHERE ID = 1 RETURNING ID, Makers.Name
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE MAKERS SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (ID = 1) RETURNING ID, Makers.Name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root

=== Quoted names
why: quotes stay
policy: pair
--- in
DELETE FROM "public"."makers" "m" WHERE "m"."id" = 1 RETURNING "m"."id" 
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE "public"."makers" "m" SET deleted_at = CASE WHEN (SELECT true FROM public.makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = m.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE m.deleted_at IS NULL AND ("m"."id" = 1) RETURNING "m"."id", m.id), _sd_models AS (UPDATE public.models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root 

=== Unicode names
why: the parser knows what they mean
policy: pair
--- in
DELETE FROM U&"m\0061kers" WHERE id = 1 RETURNING U&"n\0061me" 
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE U&"m\0061kers" SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING U&"n\0061me", makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "name" FROM _sd_root 

=== An alias that is a keyword
why: a name is quoted where it needs it
policy: pair
--- in
DELETE FROM makers AS "order" WHERE "order".id = 1 RETURNING "order".id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers AS "order" SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = "order".id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE "order".deleted_at IS NULL AND ("order".id = 1) RETURNING "order".id, "order".id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root

=== A keyword alias without quotes
why: as above
policy: pair
--- in
DELETE FROM makers AS abort WHERE abort.id = 1 RETURNING abort.*
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers AS abort SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = abort.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE abort.deleted_at IS NULL AND (abort.id = 1) RETURNING abort.*), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== An alias with quotes inside
why: it is quoted again where it is used
policy: pair
--- in
DELETE FROM makers AS "a ""b"" c" WHERE "a ""b"" c".id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers AS "a ""b"" c" SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = "a ""b"" c".id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE "a ""b"" c".deleted_at IS NULL AND ("a ""b"" c".id = 1) RETURNING "a ""b"" c".id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== An alias like the rewriter's own names
why: names that begin with _sd_ are refused
policy: pair
--- in
DELETE FROM makers AS _sd_root WHERE _sd_root.id = 1
--- refused
softdelete: refused DELETE at character 23: names that begin with _sd_ are the rewriter's own here; use another name

=== An alias like the rewriter's short names
why: p, c, d, k and so on stand in queries of their own, where no name of the user's does
policy: pair
--- in
DELETE FROM makers AS p USING models AS c, (SELECT 1 AS id) AS d, (SELECT 2 AS t) AS k WHERE p.id = c.maker_id AND d.id = p.id RETURNING p.id, c.id, k.t
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3) AS (UPDATE makers AS p SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = p.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM (models AS c JOIN (SELECT) AS _sd1 ON c.deleted_at IS NULL), (SELECT 1 AS id) AS d, (SELECT 2 AS t) AS k WHERE p.deleted_at IS NULL AND (p.id = c.maker_id AND d.id = p.id) RETURNING p.id, c.id, k.t, p.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "id", _sd_c3 AS "t" FROM _sd_root

=== A source called like the target's column
why: the keys are qualified with the target
policy: pair
--- in
DELETE FROM makers AS m USING models AS id WHERE m.id = id.maker_id AND m.id = 1 RETURNING m.id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers AS m SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = m.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM (models AS id JOIN (SELECT) AS _sd1 ON id.deleted_at IS NULL) WHERE m.deleted_at IS NULL AND (m.id = id.maker_id AND m.id = 1) RETURNING m.id, m.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root

=== ONLY
why: ONLY stays with the target; foreign keys lead to the whole table
policy: pair
--- in
DELETE FROM ONLY makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE ONLY makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== ONLY in parentheses
why: as above
policy: pair
--- in
DELETE FROM ONLY (makers) AS m WHERE m.id = 1 RETURNING m.name
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE ONLY (makers) AS m SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = m.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE m.deleted_at IS NULL AND (m.id = 1) RETURNING m.name, m.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "name" FROM _sd_root

=== A star behind the table
why: the old spelling of not ONLY
policy: pair
--- in
DELETE FROM makers * WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers * SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Strings with quotes and dollars
why: what stands in them is no token
policy: pair
--- in
DELETE FROM makers WHERE name = 'x'' RETURNING ; --' OR name = $a$ ; RETURNING -- $a$ OR name = E'\' ; RETURNING' OR id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (name = 'x'' RETURNING ; --' OR name = $a$ ; RETURNING -- $a$ OR name = E'\' ; RETURNING' OR id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== RETURNING in a sub-select's name
why: only the statement's own RETURNING counts
policy: pair
--- in
DELETE FROM makers WHERE id = (SELECT 1 AS returning_id) AND name <> 'RETURNING'
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = (SELECT 1 AS returning_id) AND name <> 'RETURNING') RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Odd names
why: every name that a generated query writes is quoted where it must be
policy: family_plain
--- in
DELETE FROM fam."Clients" WHERE "Client No" = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam."Clients" SET "gone at" = CASE WHEN (SELECT true FROM fam."Clients" AS _sd_lock WHERE _sd_lock."gone at" IS NULL AND _sd_lock."Client No" = "Clients"."Client No" FOR UPDATE) THEN now() ELSE now() END, "Del Id" = (SELECT id FROM _sd_id) WHERE "Clients"."gone at" IS NULL AND ("Client No" = 1) RETURNING "Clients"."Client No"), "_sd_Client Lines" AS (UPDATE fam."Client Lines" AS c SET "gone at" = now(), "Del Id" = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c."client's" = p."Client No" AND c."gone at" IS NULL RETURNING c."Line"), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00028:' || encode(convert_to(concat_ws(', ', p."Client No"), 'UTF8'), 'hex') AS message FROM fam."Client Debts" AS c JOIN _sd_root AS p ON c."client's" = p."Client No" WHERE c."gone at" IS NULL) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Odd names, RETURNING
why: as above
policy: family_plain
--- in
DELETE FROM fam."Clients" AS "it's" WHERE "it's"."Client No" = 1 RETURNING "it's"."na""me", "it's"."Client No" AS "n""o"
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE fam."Clients" AS "it's" SET "gone at" = CASE WHEN (SELECT true FROM fam."Clients" AS _sd_lock WHERE _sd_lock."gone at" IS NULL AND _sd_lock."Client No" = "it's"."Client No" FOR UPDATE) THEN now() ELSE now() END, "Del Id" = (SELECT id FROM _sd_id) WHERE "it's"."gone at" IS NULL AND ("it's"."Client No" = 1) RETURNING "it's"."na""me", "it's"."Client No" AS "n""o", "it's"."Client No"), "_sd_Client Lines" AS (UPDATE fam."Client Lines" AS c SET "gone at" = now(), "Del Id" = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c."client's" = p."Client No" AND c."gone at" IS NULL RETURNING c."Line"), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00028:' || encode(convert_to(concat_ws(', ', p."Client No"), 'UTF8'), 'hex') AS message FROM fam."Client Debts" AS c JOIN _sd_root AS p ON c."client's" = p."Client No" WHERE c."gone at" IS NULL) AS v) SELECT _sd_c1 AS "na""me", _sd_c2 AS "n""o" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Odd names, violated
why: the error has the constraint's name, whatever is in it
policy: family_plain
error: 23503
--- in
DELETE FROM fam."Clients" WHERE "Client No" = 2
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam."Clients" SET "gone at" = CASE WHEN (SELECT true FROM fam."Clients" AS _sd_lock WHERE _sd_lock."gone at" IS NULL AND _sd_lock."Client No" = "Clients"."Client No" FOR UPDATE) THEN now() ELSE now() END, "Del Id" = (SELECT id FROM _sd_id) WHERE "Clients"."gone at" IS NULL AND ("Client No" = 2) RETURNING "Clients"."Client No"), "_sd_Client Lines" AS (UPDATE fam."Client Lines" AS c SET "gone at" = now(), "Del Id" = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c."client's" = p."Client No" AND c."gone at" IS NULL RETURNING c."Line"), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00028:' || encode(convert_to(concat_ws(', ', p."Client No"), 'UTF8'), 'hex') AS message FROM fam."Client Debts" AS c JOIN _sd_root AS p ON c."client's" = p."Client No" WHERE c."gone at" IS NULL) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Names that are keywords
why: as above
policy: family_plain
--- in
DELETE FROM fam."select" WHERE "from" = 1 RETURNING "from", "where"
--- out
WITH _sd_root(_sd_c1, _sd_c2) AS (UPDATE fam."select" SET deleted_at = CASE WHEN (SELECT true FROM fam."select" AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock."from" = "select"."from" FOR UPDATE) THEN now() ELSE now() END WHERE "select".deleted_at IS NULL AND ("from" = 1) RETURNING "from", "where", "select"."from"), _sd_table AS (UPDATE fam."table" AS c SET deleted_at = now() FROM _sd_root AS p WHERE c."from" = p."from" AND c.deleted_at IS NULL RETURNING c."end") SELECT _sd_c1 AS "from", _sd_c2 AS "where" FROM _sd_root

=== Long names
why: PostgreSQL would clip _sd_ and a name of 63 bytes, and two of them could become one
policy: family_plain
--- in
DELETE FROM fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab SET deleted_at = CASE WHEN (SELECT true FROM fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab.id FOR UPDATE) THEN now() ELSE now() END WHERE a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab.deleted_at IS NULL AND (id = 1) RETURNING a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab.id), _sd_a_table_whose_name_is_as_long_as_a_name_ AS (UPDATE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ef AS c SET deleted_at = now() FROM _sd_root AS p WHERE c.of_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_a_table_whose_name_is_as_long_as_a_name__2 AS (UPDATE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_cd AS c SET deleted_at = now() FROM _sd_root AS p WHERE c.of_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A longer name
why: PostgreSQL clips it to the name of the table
policy: family_plain
--- in
DELETE FROM fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_abxyz WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_abxyz SET deleted_at = CASE WHEN (SELECT true FROM fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab.id FOR UPDATE) THEN now() ELSE now() END WHERE a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab.deleted_at IS NULL AND (id = 1) RETURNING a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ab.id), _sd_a_table_whose_name_is_as_long_as_a_name_ AS (UPDATE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_ef AS c SET deleted_at = now() FROM _sd_root AS p WHERE c.of_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_a_table_whose_name_is_as_long_as_a_name__2 AS (UPDATE fam.a_table_whose_name_is_as_long_as_a_name_in_postgresql_may_be_cd AS c SET deleted_at = now() FROM _sd_root AS p WHERE c.of_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A table of every schema, with its schema
why: the cascade stays within that schema
policy: family_plain
--- in
DELETE FROM t1.clubs WHERE id = 1
--- out
WITH _sd_root AS (UPDATE t1.clubs SET deleted_at = CASE WHEN (SELECT true FROM t1.clubs AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = clubs.id FOR UPDATE) THEN now() ELSE now() END WHERE clubs.deleted_at IS NULL AND (id = 1) RETURNING clubs.id), _sd_fans AS (UPDATE t1.fans AS c SET deleted_at = now() FROM _sd_root AS p WHERE c.club_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A table of every schema, without
why: search_path decides, for the cascade too
policy: family_plain
--- before
SET search_path = t2, public
--- in
DELETE FROM clubs WHERE id = 1
--- out
WITH _sd_root AS (UPDATE clubs SET deleted_at = CASE WHEN (SELECT true FROM clubs AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = clubs.id FOR UPDATE) THEN now() ELSE now() END WHERE clubs.deleted_at IS NULL AND (id = 1) RETURNING clubs.id), _sd_fans AS (UPDATE fans AS c SET deleted_at = now() FROM _sd_root AS p WHERE c.club_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A table of public, with its schema
why: the tables that the policy does not qualify follow it
policy: pair
--- in
DELETE FROM public.makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE public.makers SET deleted_at = CASE WHEN (SELECT true FROM public.makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE public.models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A table of another schema, without it
why: the cascade goes where the policy says, for the policy names the schema
policy: family_plain
--- before
SET search_path = fam, public
--- in
DELETE FROM countries WHERE id = 5 RETURNING code
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE countries SET deleted_at = CASE WHEN (SELECT true FROM fam.countries AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = countries.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE countries.deleted_at IS NULL AND (id = 5) RETURNING code, countries.id, countries.code), _sd_towns AS (UPDATE fam.towns AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.code = p.code AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00008:' || encode(convert_to(concat_ws(', ', p.code), 'UTF8'), 'hex') AS message FROM fam.mayors AS c JOIN _sd_root AS p ON c.code = p.code WHERE c.deleted_at IS NULL) AS v) SELECT _sd_c1 AS "code" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END
