# What a failed check is to the application: the error of the foreign key itself, with its code, constraint, table and detail.

=== A key of two columns
why: all of its columns are told
policy: rooms_forbid
error: 23503
--- in
DELETE FROM fam.rooms WHERE house = 2 AND nr = 3
--- out
WITH _sd_root AS (UPDATE fam.rooms SET deleted_at = CASE WHEN (SELECT true FROM fam.rooms AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.house = rooms.house AND _sd_lock.nr = rooms.nr FOR UPDATE) THEN now() ELSE now() END WHERE rooms.deleted_at IS NULL AND (house = 2 AND nr = 3) RETURNING rooms.house, rooms.nr), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00000:' || encode(convert_to(concat_ws(', ', p.house, p.nr), 'UTF8'), 'hex') AS message FROM fam.safes AS c JOIN _sd_root AS p ON c.house = p.house AND c.nr = p.nr WHERE c.deleted_at IS NULL) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A reference of two columns
why: as above
policy: rooms_forbid
error: 23503
--- in
INSERT INTO fam.safes VALUES (20, 1, 3)
--- out
INSERT INTO fam.safes VALUES (20, 1, 3) RETURNING CASE WHEN safes.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.rooms AS _sd_parent WHERE _sd_parent.house = safes.house AND _sd_parent.nr = safes.nr FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', safes.house, safes.nr), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A text key
why: it may hold whatever ends a message
policy: family_plain
error: 23503
--- before hard
INSERT INTO fam.countries (id, code) VALUES (20, E'a:"''\n)')
--- before
INSERT INTO fam.mayors (id, code) VALUES (20, E'a:"''\n)')
--- in
DELETE FROM fam.countries WHERE id = 20
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.countries SET deleted_at = CASE WHEN (SELECT true FROM fam.countries AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = countries.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE countries.deleted_at IS NULL AND (id = 20) RETURNING countries.id, countries.code), _sd_towns AS (UPDATE fam.towns AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.code = p.code AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00008:' || encode(convert_to(concat_ws(', ', p.code), 'UTF8'), 'hex') AS message FROM fam.mayors AS c JOIN _sd_root AS p ON c.code = p.code WHERE c.deleted_at IS NULL) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A text reference
why: as above
policy: family_plain
error: 23503
--- before
INSERT INTO fam.countries (id, code) VALUES (20, 'größe "x" €')
--- before
DELETE FROM fam.countries WHERE id = 20
--- in
INSERT INTO fam.towns (id, code) VALUES (20, 'größe "x" €')
--- out
INSERT INTO fam.towns (id, code) VALUES (20, 'größe "x" €') RETURNING CASE WHEN towns.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.countries AS _sd_parent WHERE _sd_parent.code = towns.code FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00007:' || encode(convert_to(concat_ws(', ', towns.code), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== The user's own failing cast
why: it is not taken for ours
policy: pair
error: 22P02
--- in
DELETE FROM makers WHERE id = 'x'::text::int
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 'x'::text::int) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== The user's own failing cast in RETURNING
why: as above
policy: pair
error: 22P02
--- in
INSERT INTO models (id, maker_id, name) VALUES (20, 1, 'x') RETURNING name::int
--- out
WITH _sd_root(_sd_c1) AS (INSERT INTO models (id, maker_id, name) VALUES (20, 1, 'x') RETURNING name::int, models.maker_id, models.deleted_at), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT _sd_c1 AS "name" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Another error in the user's text
why: its place is told in the user's text
policy: pair
error: 42703
--- in
DELETE FROM makers WHERE nonesuch = 1 RETURNING id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (nonesuch = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root

=== Another error behind RETURNING
why: as above
policy: pair
error: 42703
--- in
DELETE FROM makers WHERE id = 1 RETURNING id, nonesuch
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, nonesuch, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "nonesuch" FROM _sd_root

=== Another error in a WITH query
why: as above
policy: pair
error: 42703
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id) SELECT nonesuch FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT nonesuch FROM d

=== An error of the constraint itself
why: it is not translated
policy: pair
error: 23503
--- in
UPDATE models SET maker_id = 99 WHERE id = 1
--- out
UPDATE models SET maker_id = 99 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A unique key
why: as above
policy: pair
error: 23505
--- in
INSERT INTO models (id, maker_id) VALUES (1, 1)
--- out
INSERT INTO models (id, maker_id) VALUES (1, 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A division by zero among the rows
why: the user's condition is evaluated for live rows only
policy: pair
--- in
DELETE FROM makers WHERE 1 / (id - 3) > 0 OR id = 4
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (1 / (id - 3) > 0 OR id = 4) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root
