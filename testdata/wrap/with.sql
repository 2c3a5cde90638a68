# Where a DELETE that cascades stands: at the top, behind WITH, in a WITH query, inside other statements.

=== WITH in front
why: the user's queries stay in front of ours, and the statement moves behind them
policy: pair
--- in
WITH gone AS (SELECT 1 AS id) DELETE FROM makers WHERE id IN (SELECT id FROM gone)
--- out
WITH gone AS (SELECT 1 AS id) , _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT id FROM gone)) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== WITH in front, outside of what cascades
twin: one UPDATE keeps its WITH
policy: pair
--- in
WITH gone AS (SELECT 1 AS id) DELETE FROM models WHERE id IN (SELECT id FROM gone)
--- out
WITH gone AS (SELECT 1 AS id) UPDATE models SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE models.deleted_at IS NULL AND (id IN (SELECT id FROM gone))

=== WITH RECURSIVE in front
why: RECURSIVE covers our queries too, and none of them reads itself
policy: pair
--- in
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2) DELETE FROM makers USING n WHERE makers.id = n.i AND n.i < 2 RETURNING n.i, name
--- out
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2) , _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM n WHERE makers.deleted_at IS NULL AND (makers.id = n.i AND n.i < 2) RETURNING n.i, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "i", _sd_c2 AS "name" FROM _sd_root

=== WITH several in front
why: the comma goes behind the last
policy: pair
--- in
WITH a AS (SELECT 1 AS id), b AS MATERIALIZED (SELECT id FROM a), c (x) AS NOT MATERIALIZED (SELECT id FROM b) DELETE FROM makers WHERE id IN (SELECT x FROM c) RETURNING id
--- out
WITH a AS (SELECT 1 AS id), b AS MATERIALIZED (SELECT id FROM a), c (x) AS NOT MATERIALIZED (SELECT id FROM b) , _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT x FROM c)) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root

=== WITH in front that reads a table of the policy
why: it is filtered, as anywhere
policy: pair
--- in
WITH m AS (SELECT maker_id FROM models WHERE name LIKE 'A%') DELETE FROM makers WHERE id IN (SELECT maker_id FROM m)
--- out
WITH m AS (SELECT maker_id FROM models WHERE models.deleted_at IS NULL AND (name LIKE 'A%')) , _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT maker_id FROM m)) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== In a WITH query
why: data-modifying queries must be at the top, so ours stand in front of the entry in the same WITH clause, and the entry becomes the SELECT
policy: pair
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id) SELECT id FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM d

=== In a WITH query, outside of what cascades
twin: the entry stays one UPDATE
policy: pair
--- in
WITH d AS (DELETE FROM models WHERE id = 1 RETURNING id) SELECT id FROM d
--- out
WITH d AS (UPDATE models SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE models.deleted_at IS NULL AND (id = 1) RETURNING id) SELECT id FROM d

=== In a WITH query without RETURNING
why: it is executed though nothing reads it
policy: pair
--- in
WITH d AS (DELETE FROM makers WHERE id = 1) SELECT 1 AS one
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT FROM _sd_root) SELECT 1 AS one

=== In a WITH query with a column list
why: the list stays at the user's entry
policy: pair
--- in
WITH d (a, "b c") AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT a, "b c" FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d (a, "b c") AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT a, "b c" FROM d

=== In a WITH query with a shorter column list
why: as PostgreSQL allows
policy: pair
--- in
WITH d (a) AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT a, name FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d (a) AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT a, name FROM d

=== In a WITH query AS MATERIALIZED
why: the words stay at the user's entry
policy: pair
--- in
WITH d AS MATERIALIZED (DELETE FROM makers WHERE id = 1 RETURNING id) SELECT id FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS MATERIALIZED (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM d

=== In a WITH query AS NOT MATERIALIZED
why: as above
policy: pair
--- in
WITH d AS NOT MATERIALIZED (DELETE FROM makers WHERE id = 1 RETURNING id) SELECT d.id, e.id AS again FROM d, d AS e
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS NOT MATERIALIZED (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT d.id, e.id AS again FROM d, d AS e

=== In a WITH query, RETURNING a star
why: the star is that of the WITH query
policy: pair
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING *) SELECT id, name, town FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING *), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT * FROM _sd_root) SELECT id, name, town FROM d

=== In a WITH query with its own WITH
why: the inner queries stay with the statement
policy: pair
--- in
WITH d AS (WITH x AS (SELECT 1 AS id) DELETE FROM makers WHERE id IN (SELECT id FROM x) RETURNING id) SELECT id FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (WITH x AS (SELECT 1 AS id) UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT id FROM x)) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM d

=== In a WITH query with its own WITH, which reads a query in front
why: as above
policy: pair
--- in
WITH first AS (SELECT 1 AS id), d AS (WITH x AS (SELECT id FROM first) DELETE FROM makers USING x WHERE makers.id = x.id RETURNING makers.id) SELECT id FROM d
--- out
WITH first AS (SELECT 1 AS id), _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (WITH x AS (SELECT id FROM first) UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM x WHERE makers.deleted_at IS NULL AND (makers.id = x.id) RETURNING makers.id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM d

=== In a WITH query between others
why: what stands in front of the entry, and behind it, stays there
policy: pair
--- in
WITH a AS (SELECT 1 AS id), d AS (DELETE FROM makers WHERE id IN (SELECT id FROM a) RETURNING name), b AS (SELECT name FROM d) SELECT name FROM b
--- out
WITH a AS (SELECT 1 AS id), _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT id FROM a)) RETURNING name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "name" FROM _sd_root), b AS (SELECT name FROM d) SELECT name FROM b

=== In a WITH RECURSIVE query
why: RECURSIVE covers all
policy: pair
--- in
WITH RECURSIVE d AS (DELETE FROM makers WHERE id = 1 RETURNING id), n(i) AS (SELECT id FROM d UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n
--- out
WITH RECURSIVE _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root), n(i) AS (SELECT id FROM d UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n

=== In a WITH query of an INSERT
why: the INSERT is the statement, the deletion one of its queries
policy: pair
undo: no, it inserts too
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) INSERT INTO audit SELECT id, name FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) INSERT INTO audit SELECT id, name FROM d

=== In a WITH query of an UPDATE
why: as above
policy: pair
undo: no, it updates too
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING name) UPDATE cities SET name = d.name FROM d WHERE cities.id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "name" FROM _sd_root) UPDATE cities SET name = d.name FROM d WHERE cities.id = 1

=== In a WITH query of a DELETE from a table outside the policy
why: as above
policy: pair
undo: no, it really deletes too
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id) DELETE FROM cities USING d WHERE cities.id = d.id RETURNING cities.id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) DELETE FROM cities USING d WHERE cities.id = d.id RETURNING cities.id

=== In the WITH of an INSERT's own query
why: PostgreSQL wants data-modifying queries at the top, and so does the rewritten text
policy: pair
error: 0A000
--- in
INSERT INTO audit WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT id, name FROM d
--- out
INSERT INTO audit WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT id, name FROM d

=== Two deletes in one WITH
why: each is wrapped, they share an id, and neither knows of the other, since no foreign key joins them
policy: family_plain
undo: no, visits have no deletion ids
--- in
WITH a AS (DELETE FROM fam.visits WHERE id = 1 RETURNING id), b AS (DELETE FROM fam.flags WHERE id = 1 RETURNING id) SELECT a.id, b.id AS other FROM a, b
--- out
WITH _sd_root(_sd_c1) AS (UPDATE fam.visits SET deleted_unix = CASE WHEN (SELECT true FROM fam.visits AS _sd_lock WHERE _sd_lock.deleted_unix = 0 AND _sd_lock.id = visits.id FOR UPDATE) THEN floor(extract(epoch FROM now()))::bigint ELSE floor(extract(epoch FROM now()))::bigint END WHERE visits.deleted_unix = 0 AND (id = 1) RETURNING id, visits.id), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = floor(extract(epoch FROM now()))::bigint FROM _sd_root AS p WHERE c.visit_id = p.id AND c.deleted_unix = 0 RETURNING c.id), a AS (SELECT _sd_c1 AS "id" FROM _sd_root), _sd_id2 AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root2(_sd_c1) AS (UPDATE fam.flags SET is_deleted = CASE WHEN (SELECT true FROM fam.flags AS _sd_lock WHERE NOT _sd_lock.is_deleted AND _sd_lock.id = flags.id FOR UPDATE) THEN true ELSE true END, deletion_id = (SELECT id FROM _sd_id2) WHERE NOT flags.is_deleted AND (id = 1) RETURNING id, flags.id), _sd_winds2 AS (UPDATE fam.winds AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id2) FROM _sd_root2 AS p WHERE c.flag_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_poles2 AS (UPDATE fam.poles AS c SET is_deleted = true, deletion_id = (SELECT id FROM _sd_id2) FROM _sd_root2 AS p WHERE c.flag_id = p.id AND NOT c.is_deleted RETURNING c.id), b AS (SELECT _sd_c1 AS "id" FROM _sd_root2) SELECT a.id, b.id AS other FROM a, b

=== Two deletes of the same kind of rows
why: neither part could know which rows the other takes, and what follows from them
policy: pair
--- in
WITH a AS (DELETE FROM makers WHERE id = 1 RETURNING id), b AS (DELETE FROM makers WHERE id = 4 RETURNING id) SELECT id FROM a UNION ALL SELECT id FROM b
--- refused
softdelete: refused DELETE on makers at character 77: the same statement deletes from makers before, whose foreign keys lead here; put the DELETE of the children in front of that of their parents, or send two statements

=== Two deletes of a table without consequences
twin: nothing follows from either, and a row that both name is deleted, and returned, by one of them
policy: family_plain
--- in
WITH a AS (DELETE FROM fam.tags WHERE id = 1 RETURNING id), b AS (DELETE FROM fam.tags WHERE id <= 2 RETURNING id) SELECT id FROM a UNION ALL SELECT id FROM b
--- out
WITH a AS (UPDATE fam.tags SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE tags.deleted_at IS NULL AND (id = 1) RETURNING id), b AS (UPDATE fam.tags SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE tags.deleted_at IS NULL AND (id <= 2) RETURNING id) SELECT id FROM a UNION ALL SELECT id FROM b

=== What forbids, then what it forbids
why: the child of the other part is as good as deleted
policy: pair_forbids
--- in
WITH a AS (DELETE FROM cars WHERE id = 1 RETURNING id) DELETE FROM models WHERE id = 3 RETURNING id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE cars SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) WHERE cars.deleted_at IS NULL AND (id = 1) RETURNING id, cars.id), a AS (SELECT _sd_c1 AS "id" FROM _sd_root) , _sd_root2(_sd_c1) AS (UPDATE models SET deleted_at = CASE WHEN (SELECT true FROM models AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = models.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE models.deleted_at IS NULL AND (id = 3) RETURNING id, models.id), _sd_violation2 AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00000:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM cars AS c JOIN _sd_root2 AS p ON c.model_id = p.id WHERE c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id)) AS v) SELECT _sd_c1 AS "id" FROM _sd_root2 WHERE CASE WHEN (SELECT message FROM _sd_violation2) IS NULL THEN true ELSE (SELECT message FROM _sd_violation2)::int = 0 END

=== What it forbids, then what forbids
why: the first part could not know
policy: pair_forbids
--- in
WITH a AS (DELETE FROM models WHERE id = 3 RETURNING id) DELETE FROM cars WHERE id = 1 RETURNING id
--- refused
softdelete: refused DELETE on cars at character 70: the same statement deletes from models before, whose foreign keys lead here; put the DELETE of the children in front of that of their parents, or send two statements

=== Another child forbids
twin: the other part of the statement deletes a child of another row
policy: pair_forbids
error: 23503
--- in
WITH a AS (DELETE FROM cars WHERE id = 2 RETURNING id) DELETE FROM models WHERE id = 3 RETURNING id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE cars SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) WHERE cars.deleted_at IS NULL AND (id = 2) RETURNING id, cars.id), a AS (SELECT _sd_c1 AS "id" FROM _sd_root) , _sd_root2(_sd_c1) AS (UPDATE models SET deleted_at = CASE WHEN (SELECT true FROM models AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = models.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE models.deleted_at IS NULL AND (id = 3) RETURNING id, models.id), _sd_violation2 AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00000:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM cars AS c JOIN _sd_root2 AS p ON c.model_id = p.id WHERE c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id)) AS v) SELECT _sd_c1 AS "id" FROM _sd_root2 WHERE CASE WHEN (SELECT message FROM _sd_violation2) IS NULL THEN true ELSE (SELECT message FROM _sd_violation2)::int = 0 END

=== Children, then their parents
why: the cascade leaves alone what the other part of the statement deletes; two updates of one row would lose one
policy: pair
--- in
WITH a AS (DELETE FROM models WHERE id = 4 RETURNING id) DELETE FROM makers WHERE id = 4 RETURNING id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE models SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) WHERE models.deleted_at IS NULL AND (id = 4) RETURNING id, models.id), a AS (SELECT _sd_c1 AS "id" FROM _sd_root) , _sd_root2(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 4) RETURNING id, makers.id), _sd_models2 AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root2 AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root2

=== Parents, then their children
why: the children's delete could not know what the cascade takes
policy: pair
--- in
WITH a AS (DELETE FROM makers WHERE id = 4 RETURNING id) DELETE FROM models WHERE id = 4 RETURNING id
--- refused
softdelete: refused DELETE on models at character 70: the same statement deletes from makers before, whose foreign keys lead here; put the DELETE of the children in front of that of their parents, or send two statements

=== A delete and an update of its children
why: all parts see one snapshot, and of two updates of one row one would be lost
policy: pair
--- in
WITH a AS (DELETE FROM makers WHERE id = 4 RETURNING id) UPDATE models SET name = 'x' WHERE maker_id = 4
--- refused
softdelete: refused UPDATE on models at character 65: the same statement deletes from makers, whose foreign keys lead here; send two statements

=== A delete and an insert of a child
why: the cascade would not see the new row
policy: pair
--- in
WITH a AS (DELETE FROM makers WHERE id = 4 RETURNING id) INSERT INTO models (id, maker_id) VALUES (99, 1)
--- refused
softdelete: refused INSERT on models at character 70: the same statement deletes from makers, whose foreign keys lead here; send two statements

=== A delete and an update of a table apart
twin: no foreign key leads from one to the other
policy: family_plain
undo: no, it updates too
--- in
WITH a AS (DELETE FROM fam.visits WHERE id = 1 RETURNING id) UPDATE fam.flags SET name = 'x' WHERE id = 1
--- out
WITH _sd_root(_sd_c1) AS (UPDATE fam.visits SET deleted_unix = CASE WHEN (SELECT true FROM fam.visits AS _sd_lock WHERE _sd_lock.deleted_unix = 0 AND _sd_lock.id = visits.id FOR UPDATE) THEN floor(extract(epoch FROM now()))::bigint ELSE floor(extract(epoch FROM now()))::bigint END WHERE visits.deleted_unix = 0 AND (id = 1) RETURNING id, visits.id), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = floor(extract(epoch FROM now()))::bigint FROM _sd_root AS p WHERE c.visit_id = p.id AND c.deleted_unix = 0 RETURNING c.id), a AS (SELECT _sd_c1 AS "id" FROM _sd_root) UPDATE fam.flags SET name = 'x' WHERE NOT flags.is_deleted AND (id = 1)

=== Several deletes in a row
why: three levels, from below
policy: family_plain
--- in
WITH a AS (DELETE FROM fam.items WHERE id = 100 RETURNING id), b AS (DELETE FROM fam.orders WHERE id = 11 RETURNING id), c AS (DELETE FROM fam.users WHERE id = 1 RETURNING id) SELECT a.id, b.id AS bid, c.id AS cid FROM a, b, c
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE fam.items SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = items.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE items.deleted_at IS NULL AND (id = 100) RETURNING id, items.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_root AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL) AS v), _sd_check AS (UPDATE fam.items SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), a AS (SELECT _sd_c1 AS "id" FROM _sd_root), _sd_root2(_sd_c1) AS (UPDATE fam.orders SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = orders.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE orders.deleted_at IS NULL AND (id = 11) RETURNING id, orders.id), _sd_items2 AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root2 AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_violation2 AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_root2 AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items2 AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_root2 AS p ON c.order_id = p.id) AS v), _sd_check2 AS (UPDATE fam.orders SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation2) IS NULL THEN false ELSE (SELECT message FROM _sd_violation2)::int = 0 END), b AS (SELECT _sd_c1 AS "id" FROM _sd_root2), _sd_root3(_sd_c1) AS (UPDATE fam.users SET deleted_at = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id = 1) RETURNING id, users.id), _sd_orders3 AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root3 AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root2 AS d WHERE d.id = c.id) RETURNING c.id), _sd_items3 AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders3 AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) AND NOT EXISTS (SELECT FROM _sd_items2 AS d WHERE d.id = c.id) RETURNING c.id), _sd_violation3 AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders3 AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items3 AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders3 AS p ON c.order_id = p.id) AS v), _sd_check3 AS (UPDATE fam.users SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation3) IS NULL THEN false ELSE (SELECT message FROM _sd_violation3)::int = 0 END), c AS (SELECT _sd_c1 AS "id" FROM _sd_root3) SELECT a.id, b.id AS bid, c.id AS cid FROM a, b, c

=== A WITH query named like a table that is not led to
twin: only tables that the deletion reads matter
policy: pair
--- in
WITH cars AS (SELECT 1 AS id) DELETE FROM makers WHERE id IN (SELECT id FROM cars)
--- out
WITH cars AS (SELECT 1 AS id) , _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (SELECT id FROM cars)) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A WITH query named like a child
why: the cascade would read it instead of the table
policy: pair
--- in
WITH models AS (SELECT 1 AS id) DELETE FROM makers WHERE id IN (SELECT id FROM models)
--- refused
softdelete: refused DELETE on makers: a WITH query hides the table models, which the rewritten statement has to read; give the WITH query another name

=== A WITH query named like the target
why: the lock would read it instead of the table
policy: pair
--- in
WITH makers AS (SELECT 1 AS id) DELETE FROM makers WHERE id IN (SELECT id FROM makers)
--- refused
softdelete: refused DELETE on makers: a WITH query hides the table makers, which the rewritten statement has to read; give the WITH query another name

=== A WITH query named like a table, but not like the schema
twin: a name with a schema never means a WITH query
policy: family_plain
--- in
WITH orders AS (SELECT 1 AS id) DELETE FROM fam.users WHERE id IN (SELECT id FROM orders)
--- out
WITH orders AS (SELECT 1 AS id) , _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deleted_at = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE users.deleted_at IS NULL AND (id IN (SELECT id FROM orders)) RETURNING users.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A later WITH query named like a child
why: the queries around the entry d stand in front of it, where the name still means the table
policy: pair
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id), models AS (SELECT 2 AS id) SELECT d.id, models.id AS m FROM d, models
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root), models AS (SELECT 2 AS id) SELECT d.id, models.id AS m FROM d, models

=== A later WITH query named like a child, RECURSIVE
why: under RECURSIVE it is seen from everywhere
policy: pair
--- in
WITH RECURSIVE d AS (DELETE FROM makers WHERE id = 1 RETURNING id), models AS (SELECT 2 AS id) SELECT d.id, models.id AS m FROM d, models
--- refused
softdelete: refused DELETE on makers: a WITH query hides the table models, which the rewritten statement has to read; give the WITH query another name

=== An inner WITH query named like a child
why: it hides the table from the user's statement, in which ours stand behind it
policy: pair
--- in
WITH d AS (WITH models AS (SELECT 1 AS id) DELETE FROM makers WHERE id IN (SELECT id FROM models) RETURNING id) SELECT id FROM d
--- refused
softdelete: refused DELETE on makers: a WITH query hides the table models, which the rewritten statement has to read; give the WITH query another name

=== A temporary table named like a child
why: it hides the table, so that the cascade would read it
policy: pair
--- before
CREATE TEMPORARY TABLE models (id int, maker_id int, deleted_at timestamptz)
--- in
DELETE FROM makers WHERE id = 1
--- refused
softdelete: refused DELETE on makers: a temporary table hides the table models, which the rewritten statement has to read; give the temporary table another name

=== A temporary table named like the target
twin: the DELETE is that of the temporary table, and real
policy: pair
--- before
CREATE TEMPORARY TABLE makers (id int)
--- in
DELETE FROM makers WHERE id = 1
--- out
DELETE FROM pg_temp.makers WHERE id = 1

=== EXPLAIN
why: what is explained is what would be sent
policy: pair
rows: differ, plans do
--- in
EXPLAIN DELETE FROM makers WHERE id = 1
--- out
EXPLAIN WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== EXPLAIN ANALYZE
why: it deletes
policy: pair
rows: differ, plans do
--- in
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) DELETE FROM makers WHERE id = 1 RETURNING id
--- out
EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root

=== PREPARE
why: the statement is prepared as it would be sent
policy: pair
--- in
PREPARE d (int) AS DELETE FROM makers WHERE id = $1
--- out
PREPARE d (int) AS WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = $1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== EXECUTE
why: it runs what PREPARE has fixed
policy: pair
--- before
PREPARE d (int) AS DELETE FROM makers WHERE id = $1 RETURNING name
--- in
EXECUTE d(1)
--- same

=== COPY (DELETE … RETURNING) TO
why: COPY takes a WITH query as well
policy: pair
--- in
COPY (DELETE FROM makers WHERE id = 1 RETURNING id, name) TO STDOUT
--- out
COPY (WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) TO STDOUT

=== COPY (DELETE) TO
why: PostgreSQL wants a RETURNING there
policy: pair
--- in
COPY (DELETE FROM makers WHERE id = 1) TO STDOUT
--- refused
softdelete: refused COPY: COPY of a statement without RETURNING copies nothing; add RETURNING, or send the statement by itself

=== COPY (WITH … DELETE) TO
why: as above
policy: pair
--- in
COPY (WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT name FROM d) TO STDOUT WITH (FORMAT csv)
--- out
COPY (WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT name FROM d) TO STDOUT WITH (FORMAT csv)

=== CREATE TABLE AS of a WITH query that deletes
why: PostgreSQL allows it
policy: pair
undo: no, it makes a table too
--- in
CREATE TABLE gone AS WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT * FROM d
--- out
CREATE TABLE gone AS WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT * FROM d

=== SELECT INTO of a WITH query that deletes
why: as above
policy: pair
undo: no, it makes a table too
--- in
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT * INTO gone FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT * INTO gone FROM d

=== A view of a WITH query that deletes
why: PostgreSQL refuses it, and so it does ours
policy: pair
error: 0A000
--- in
CREATE VIEW gone AS WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT * FROM d
--- out
CREATE VIEW gone AS WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT * FROM d

=== A cursor for a WITH query that deletes
why: as above
policy: pair
error: 0A000
--- in
DECLARE c CURSOR FOR WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id, name) SELECT * FROM d
--- out
DECLARE c CURSOR FOR WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root) SELECT * FROM d

=== In a sub-select
why: PostgreSQL's grammar allows it only at the top of a WITH
policy: pair
error: 0A000
--- in
SELECT * FROM (WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id) SELECT id FROM d) AS s
--- out
SELECT * FROM (WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM d) AS s

=== Several statements
why: each is wrapped by itself; their names may be the same
policy: pair
--- in
DELETE FROM makers WHERE id = 1; DELETE FROM makers WHERE id = 4
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root; WITH _sd_id2 AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root2 AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id2) WHERE makers.deleted_at IS NULL AND (id = 4) RETURNING makers.id), _sd_models2 AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id2) FROM _sd_root2 AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root2

=== Several statements, one with rows
why: each gives what it gave
policy: pair
--- in
SELECT 1 AS one; DELETE FROM makers WHERE id = 1; DELETE FROM makers WHERE id = 4 RETURNING id; SELECT count(*) FROM makers
--- out
SELECT 1 AS one; WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root; WITH _sd_id2 AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root2(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id2) WHERE makers.deleted_at IS NULL AND (id = 4) RETURNING id, makers.id), _sd_models2 AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id2) FROM _sd_root2 AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root2; SELECT count(*) FROM makers WHERE makers.deleted_at IS NULL

=== WHERE CURRENT OF
why: nothing can be added to it
policy: pair
--- before
DECLARE c CURSOR FOR SELECT * FROM makers
--- in
DELETE FROM makers WHERE CURRENT OF c
--- refused
softdelete: refused DELETE on makers at character 13: DELETE … WHERE CURRENT OF cannot follow foreign keys, keep a journal, or set a deletion id; delete by primary key

=== WHERE CURRENT OF, no consequences but an id
why: the id is set in the same place as the marker, which WHERE CURRENT OF has no room for
policy: family_plain
--- before
DECLARE c CURSOR FOR SELECT * FROM fam.tags
--- in
DELETE FROM fam.tags WHERE CURRENT OF c
--- refused
softdelete: refused DELETE on fam.tags at character 13: DELETE … WHERE CURRENT OF cannot follow foreign keys, keep a journal, or set a deletion id; delete by primary key

=== WHERE CURRENT OF, nothing but a marker
twin: that is one value in one place
policy: family_plain
--- before
DECLARE c CURSOR FOR SELECT * FROM fam.plain
--- before
FETCH c
--- in
DELETE FROM fam.plain WHERE CURRENT OF c
--- out
WITH _sd_current AS (UPDATE fam.plain SET deleted_at = CASE WHEN plain.deleted_at IS NULL THEN now() ELSE plain.deleted_at END WHERE CURRENT OF c RETURNING (SELECT _sd_old.deleted_at IS NULL FROM fam.plain AS _sd_old WHERE _sd_old.id = plain.id) AS live) SELECT FROM _sd_current WHERE live
