# An UPDATE that sets the marker to its live value, where deleted rows are seen, is a restore: of all that was deleted with the rows. The twin never executes the deletes in front.

=== What was deleted together
why: all rows of the deletion come back; the count is that of the rows named
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== In the default scope
twin: no deleted row is seen
policy: pair
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 3
--- out
UPDATE makers SET deleted_at = NULL WHERE makers.deleted_at IS NULL AND (id = 3)

=== Under WithDeleted
why: of live and deleted rows the deleted ones are restored; the count is of both
policy: pair
scope: with makers
restores: 3
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id IN (1, 2, 4)
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE id IN (1, 2, 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== One of two rows of a deletion
why: the other comes with it: it is one deletion
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id IN (1, 4)
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 1) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== One of two deletions
why: each has its id, though both have one time
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 1
--- twin
DELETE FROM makers WHERE id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 1) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A child first, then its parent
why: the deletion of the parent did not take the child, which stays deleted; the same time does not make them one
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM models WHERE id = 4
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 4
--- twin
DELETE FROM models WHERE id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A child brings its parent
why: both are of one deletion
policy: pair
scope: only models
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE models SET deleted_at = NULL WHERE id = 5
--- out
WITH _sd_root AS (UPDATE models SET deletion_id = NULL, deleted_at = NULL WHERE models.deleted_at IS NOT NULL AND (id = 5) RETURNING models.id, models.maker_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN models AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.maker_id), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id) UNION ALL SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A child without its parent
why: it was deleted by itself, and its parent is deleted since
policy: pair
scope: only models
restores: 1
ours: 23503, the maker stays deleted
--- before
DELETE FROM models WHERE id = 4
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE models SET deleted_at = NULL WHERE id = 4
--- out
WITH _sd_root AS (UPDATE models SET deletion_id = NULL, deleted_at = NULL WHERE models.deleted_at IS NOT NULL AND (id = 4) RETURNING models.id, models.maker_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN models AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.maker_id), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id) UNION ALL SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A child and its parents' deletions
why: RestoreParents
policy: pair
scope: only models
scope: restoring parents
restores: 1
--- before
DELETE FROM models WHERE id = 4
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE models SET deleted_at = NULL WHERE id = 4
--- out
WITH _sd_root AS (UPDATE models SET deletion_id = NULL, deleted_at = NULL WHERE models.deleted_at IS NOT NULL AND (id = 4) RETURNING models.id, models.maker_id), _sd_sets AS MATERIALIZED (WITH RECURSIVE _sd_r(id) AS (SELECT o.deletion_id AS id FROM _sd_root AS r JOIN models AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL UNION SELECT x.id FROM _sd_r AS s CROSS JOIN LATERAL (SELECT p.deletion_id AS id FROM models AS c JOIN makers AS p ON p.id = c.maker_id WHERE c.deletion_id = s.id AND c.deleted_at IS NOT NULL AND p.deleted_at IS NOT NULL AND p.deletion_id IS NOT NULL) AS x) SELECT s.id FROM _sd_r AS s), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.maker_id), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id) UNION ALL SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Only the row
why: RestoreOne
policy: pair
scope: only makers
scope: restoring one
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 4
--- twin
DELETE FROM models WHERE maker_id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id) SELECT FROM _sd_root

=== The number of all rows
why: Restore asks for it: two models and a maker
policy: pair
scope: only makers
scope: restoring total
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 4
--- twin
SELECT bigint '3' AS "?column?"
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT (SELECT count(*) FROM _sd_root) + (SELECT count(*) FROM _sd_makers) + (SELECT count(*) FROM _sd_models) FROM (SELECT) AS t WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A live row
why: it is not seen
policy: pair
scope: only makers
restores: 0
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 1) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A live row, under WithDeleted
why: it is updated, and nothing comes back
policy: pair
scope: with makers
restores: 1
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE id = 1 RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A row that was deleted behind the driver's back
why: it has no deletion id, and comes alone
policy: pair
scope: only makers
restores: 1
--- before
INSERT INTO makers (id, name, deleted_at) VALUES (20, 'x', '2024-02-02')
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 20
--- twin
INSERT INTO makers (id, name) VALUES (20, 'x')
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 20) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Other columns
why: they are set in the rows named
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET name = 'Citroen', deleted_at = NULL, town = upper(town) WHERE id = 4
--- twin
UPDATE makers SET name = 'Citroen', town = upper(town) WHERE id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, name = 'Citroen', deleted_at = NULL, town = upper(town) WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A reference to a deleted row
why: the row would be live with it
policy: pair
scope: only models
restores: 1
ours: 23503, maker 3 is deleted
--- before
DELETE FROM models WHERE id = 4
--- in
UPDATE models SET maker_id = 3, deleted_at = NULL WHERE id = 4
--- out
WITH _sd_root AS (UPDATE models SET deletion_id = NULL, maker_id = 3, deleted_at = NULL WHERE models.deleted_at IS NOT NULL AND (id = 4) RETURNING models.id, models.maker_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN models AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.maker_id), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id) UNION ALL SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A reference to a live row
why: as any
policy: pair
scope: only models
restores: 1
--- before
DELETE FROM models WHERE id = 4
--- in
UPDATE models SET maker_id = 1, deleted_at = NULL WHERE id = 4
--- twin
UPDATE models SET maker_id = 1 WHERE id = 4
--- out
WITH _sd_root AS (UPDATE models SET deletion_id = NULL, maker_id = 1, deleted_at = NULL WHERE models.deleted_at IS NOT NULL AND (id = 4) RETURNING models.id, models.maker_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN models AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.maker_id), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id) UNION ALL SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== The id too
why: what the user sets is not set again; the id is read from the row as it was
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A parameter with NULL
why: it is judged by its value
policy: pair
scope: only makers
restores: 1
args: NULL, 4
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = $1 WHERE id = $2
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = $1 WHERE makers.deleted_at IS NOT NULL AND (id = $2) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A parameter with a time
twin: the row stays deleted
policy: pair
scope: only makers
args: '2026-01-02', 3
--- in
UPDATE makers SET deleted_at = $1 WHERE id = $2
--- out
UPDATE makers SET deleted_at = $1 WHERE makers.deleted_at IS NOT NULL AND (id = $2)

=== A parameter with a time, under WithDeleted
why: it could delete live rows
policy: pair
scope: with makers
args: '2026-01-02', 3
--- in
UPDATE makers SET deleted_at = $1 WHERE id = $2
--- refused
softdelete: refused UPDATE on makers at character 8: an UPDATE of the marker under WithDeleted could delete live rows and overwrite the time of deleted ones; delete under the default scope

=== A parameter with NULL, under WithDeleted
why: it is judged by its value
policy: pair
scope: with makers
restores: 1
args: NULL, 4
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = $1 WHERE id = $2
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = $1 WHERE id = $2 RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== DEFAULT
why: what rows are born with is live; all rows of the deletion come back
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = DEFAULT WHERE id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = DEFAULT WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== An expression
why: as above
policy: pair
scope: only makers
--- in
UPDATE makers SET deleted_at = nullif(deleted_at, deleted_at) WHERE id = 3
--- refused
softdelete: refused UPDATE on makers at character 8: the marker is set to an expression, which may restore some of the rows and not what was deleted with them; write a constant, the time of now(), or a parameter

=== RETURNING
why: as with a delete
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 4 RETURNING id, lower(name), deleted_at, deletion_id
--- twin
SELECT id, lower(name), deleted_at, deletion_id FROM makers WHERE id = 4
--- out
WITH _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4) AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING id, lower(name), deleted_at, deletion_id, makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT _sd_c1 AS "id", _sd_c2 AS "lower", _sd_c3 AS "deleted_at", _sd_c4 AS "deletion_id" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING a star
why: as above
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers SET deleted_at = NULL WHERE id = 4 RETURNING *
--- twin
SELECT * FROM makers WHERE id = 4
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING *), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== In a WITH query
why: as above
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
WITH r AS (UPDATE makers SET deleted_at = NULL WHERE id = 4 RETURNING id) SELECT id FROM r
--- twin
SELECT id FROM makers WHERE id = 4
--- out
WITH _sd_root(_sd_c1) AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING id, makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v), _sd_check AS (UPDATE makers SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), r AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM r

=== In a WITH query that nothing reads
why: the checks are data-modifying, and so are the updates
policy: pair
scope: only models
restores: 1
ours: 23503, the maker stays deleted
--- before
DELETE FROM models WHERE id = 4
--- before
DELETE FROM makers WHERE id = 4
--- in
WITH r AS (UPDATE models SET deleted_at = NULL WHERE id = 4) SELECT 1
--- out
WITH _sd_root AS (UPDATE models SET deletion_id = NULL, deleted_at = NULL WHERE models.deleted_at IS NOT NULL AND (id = 4) RETURNING models.id, models.maker_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN models AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.maker_id), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id) UNION ALL SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v), _sd_check AS (UPDATE models SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), r AS (SELECT FROM _sd_root) SELECT 1

=== FROM
why: the source is filtered
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers AS m SET deleted_at = NULL FROM cities WHERE cities.id = 1 AND m.town = 'Paris'
--- out
WITH _sd_root AS (UPDATE makers AS m SET deletion_id = NULL, deleted_at = NULL FROM cities WHERE m.deleted_at IS NOT NULL AND (cities.id = 1 AND m.town = 'Paris') RETURNING m.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Several deletions
why: each comes back; the one that is not named stays
policy: pair
scope: only makers
restores: 2
--- before
DELETE FROM makers WHERE id = 1
--- before
DELETE FROM makers WHERE id = 4
--- before
DELETE FROM makers WHERE id = 5
--- in
UPDATE makers SET deleted_at = NULL WHERE id IN (1, 4)
--- twin
DELETE FROM makers WHERE id = 5
--- out
WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id IN (1, 4)) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A unique key that a live row holds
why: the key is of live rows
policy: family_plain
scope: only fam.users
restores: 1
ours: 23505, a live row holds the key
--- before
DELETE FROM fam.users WHERE id = 1
--- before
INSERT INTO fam.users (id, email) VALUES (20, 'ann@example.org')
--- in
UPDATE fam.users SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.users SET deletion_id = NULL, deleted_at = NULL WHERE users.deleted_at IS NOT NULL AND (id = 1) RETURNING users.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.users AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_users AS (UPDATE fam.users AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.user_id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.order_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.user_id), 'UTF8'), 'hex') AS message FROM _sd_orders AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.users AS p WHERE p.id = x.user_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.user_id) AND NOT EXISTS (SELECT FROM _sd_users AS d WHERE d.id = x.user_id) UNION ALL SELECT 'softdelete:23503:i:00001:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_items AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.orders AS p WHERE p.id = x.order_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_orders AS d WHERE d.id = x.order_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Three levels
why: every table that cascades connect
policy: family_plain
scope: only fam.users
restores: 1
--- before
DELETE FROM fam.users WHERE id = 1
--- in
UPDATE fam.users SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.users SET deletion_id = NULL, deleted_at = NULL WHERE users.deleted_at IS NOT NULL AND (id = 1) RETURNING users.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.users AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_users AS (UPDATE fam.users AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.user_id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.order_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.user_id), 'UTF8'), 'hex') AS message FROM _sd_orders AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.users AS p WHERE p.id = x.user_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.user_id) AND NOT EXISTS (SELECT FROM _sd_users AS d WHERE d.id = x.user_id) UNION ALL SELECT 'softdelete:23503:i:00001:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_items AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.orders AS p WHERE p.id = x.order_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_orders AS d WHERE d.id = x.order_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== From the lowest level
why: the parents of the same deletion come too
policy: family_plain
scope: only fam.items
restores: 1
--- before
DELETE FROM fam.users WHERE id = 1
--- in
UPDATE fam.items SET deleted_at = NULL WHERE id = 110
--- out
WITH _sd_root AS (UPDATE fam.items SET deletion_id = NULL, deleted_at = NULL WHERE items.deleted_at IS NOT NULL AND (id = 110) RETURNING items.id, items.order_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.items AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_items AS (UPDATE fam.items AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.order_id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.user_id), _sd_users AS (UPDATE fam.users AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.user_id), 'UTF8'), 'hex') AS message FROM _sd_orders AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.users AS p WHERE p.id = x.user_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_users AS d WHERE d.id = x.user_id) UNION ALL SELECT 'softdelete:23503:i:00001:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.orders AS p WHERE p.id = x.order_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_orders AS d WHERE d.id = x.order_id) UNION ALL SELECT 'softdelete:23503:i:00001:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_items AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.orders AS p WHERE p.id = x.order_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_orders AS d WHERE d.id = x.order_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A parent that stays deleted, two levels up
why: the order is of another deletion than its items, and the user of a third
policy: family_plain
scope: only fam.items
scope: restoring parents
restores: 1
--- before
DELETE FROM fam.items WHERE id = 110
--- before
DELETE FROM fam.orders WHERE id = 11
--- before
DELETE FROM fam.users WHERE id = 1
--- in
UPDATE fam.items SET deleted_at = NULL WHERE id = 110
--- out
WITH _sd_root AS (UPDATE fam.items SET deletion_id = NULL, deleted_at = NULL WHERE items.deleted_at IS NOT NULL AND (id = 110) RETURNING items.id, items.order_id), _sd_sets AS MATERIALIZED (WITH RECURSIVE _sd_r(id) AS (SELECT o.deletion_id AS id FROM _sd_root AS r JOIN fam.items AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL UNION SELECT x.id FROM _sd_r AS s CROSS JOIN LATERAL (SELECT p.deletion_id AS id FROM fam.items AS c JOIN fam.orders AS p ON p.id = c.order_id WHERE c.deletion_id = s.id AND c.deleted_at IS NOT NULL AND p.deleted_at IS NOT NULL AND p.deletion_id IS NOT NULL UNION ALL SELECT p.deletion_id AS id FROM fam.holds AS c JOIN fam.items AS p ON p.id = c.item_id WHERE c.deletion_id = s.id AND c.deleted_at IS NOT NULL AND p.deleted_at IS NOT NULL AND p.deletion_id IS NOT NULL UNION ALL SELECT p.deletion_id AS id FROM fam.orders AS c JOIN fam.users AS p ON p.id = c.user_id WHERE c.deletion_id = s.id AND c.deleted_at IS NOT NULL AND p.deleted_at IS NOT NULL AND p.deletion_id IS NOT NULL UNION ALL SELECT p.deletion_id AS id FROM fam.invoices AS c JOIN fam.orders AS p ON p.id = c.order_id WHERE c.deletion_id = s.id AND c.deleted_at IS NOT NULL AND p.deleted_at IS NOT NULL AND p.deletion_id IS NOT NULL) AS x) SELECT s.id FROM _sd_r AS s), _sd_items AS (UPDATE fam.items AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.order_id), _sd_holds AS (UPDATE fam.holds AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.item_id), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.user_id), _sd_invoices AS (UPDATE fam.invoices AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.order_id), _sd_users AS (UPDATE fam.users AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.user_id), 'UTF8'), 'hex') AS message FROM _sd_orders AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.users AS p WHERE p.id = x.user_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_users AS d WHERE d.id = x.user_id) UNION ALL SELECT 'softdelete:23503:i:00001:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.orders AS p WHERE p.id = x.order_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_orders AS d WHERE d.id = x.order_id) UNION ALL SELECT 'softdelete:23503:i:00001:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_items AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.orders AS p WHERE p.id = x.order_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_orders AS d WHERE d.id = x.order_id) UNION ALL SELECT 'softdelete:23503:i:00002:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_invoices AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.orders AS p WHERE p.id = x.order_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_orders AS d WHERE d.id = x.order_id) UNION ALL SELECT 'softdelete:23503:i:00003:' || encode(convert_to(concat_ws(', ', x.item_id), 'UTF8'), 'hex') AS message FROM _sd_holds AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.items AS p WHERE p.id = x.item_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.item_id) AND NOT EXISTS (SELECT FROM _sd_items AS d WHERE d.id = x.item_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A cycle
why: the tables are connected, whichever way
policy: family_plain
scope: only fam.players
restores: 1
--- before
DELETE FROM fam.teams WHERE id = 1
--- in
UPDATE fam.players SET deleted_at = NULL WHERE id = 12
--- out
WITH _sd_root AS (UPDATE fam.players SET deletion_id = NULL, deleted_at = NULL WHERE players.deleted_at IS NOT NULL AND (id = 12) RETURNING players.id, players.team_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.players AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_players AS (UPDATE fam.players AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.team_id), _sd_teams AS (UPDATE fam.teams AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.captain_id, c.sponsor_id), _sd_shirts AS (UPDATE fam.shirts AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.player_id), _sd_sponsors AS (UPDATE fam.sponsors AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00011:' || encode(convert_to(concat_ws(', ', x.team_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.teams AS p WHERE p.id = x.team_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_teams AS d WHERE d.id = x.team_id) UNION ALL SELECT 'softdelete:23503:i:00011:' || encode(convert_to(concat_ws(', ', x.team_id), 'UTF8'), 'hex') AS message FROM _sd_players AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.teams AS p WHERE p.id = x.team_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_teams AS d WHERE d.id = x.team_id) UNION ALL SELECT 'softdelete:23503:i:00012:' || encode(convert_to(concat_ws(', ', x.captain_id), 'UTF8'), 'hex') AS message FROM _sd_teams AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.players AS p WHERE p.id = x.captain_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.captain_id) AND NOT EXISTS (SELECT FROM _sd_players AS d WHERE d.id = x.captain_id) UNION ALL SELECT 'softdelete:23503:i:00013:' || encode(convert_to(concat_ws(', ', x.sponsor_id), 'UTF8'), 'hex') AS message FROM _sd_teams AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.sponsors AS p WHERE p.id = x.sponsor_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_sponsors AS d WHERE d.id = x.sponsor_id) UNION ALL SELECT 'softdelete:23503:i:00014:' || encode(convert_to(concat_ws(', ', x.player_id), 'UTF8'), 'hex') AS message FROM _sd_shirts AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.players AS p WHERE p.id = x.player_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.player_id) AND NOT EXISTS (SELECT FROM _sd_players AS d WHERE d.id = x.player_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A self-reference
why: as above
policy: family_plain
scope: only fam.staff
restores: 1
--- before
DELETE FROM fam.staff WHERE id = 1
--- in
UPDATE fam.staff SET deleted_at = NULL WHERE id = 4
--- out
WITH _sd_root AS (UPDATE fam.staff SET deletion_id = NULL, deleted_at = NULL WHERE staff.deleted_at IS NOT NULL AND (id = 4) RETURNING staff.id, staff.boss_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.staff AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_staff AS (UPDATE fam.staff AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.boss_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00009:' || encode(convert_to(concat_ws(', ', x.boss_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.staff AS p WHERE p.id = x.boss_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.boss_id) AND NOT EXISTS (SELECT FROM _sd_staff AS d WHERE d.id = x.boss_id) UNION ALL SELECT 'softdelete:23503:i:00009:' || encode(convert_to(concat_ws(', ', x.boss_id), 'UTF8'), 'hex') AS message FROM _sd_staff AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.staff AS p WHERE p.id = x.boss_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.boss_id) AND NOT EXISTS (SELECT FROM _sd_staff AS d WHERE d.id = x.boss_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A diamond
why: as above
policy: family_plain
scope: only fam.tops
restores: 1
--- before
DELETE FROM fam.tops WHERE id = 1
--- in
UPDATE fam.tops SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.tops SET deletion_id = NULL, deleted_at = NULL WHERE tops.deleted_at IS NOT NULL AND (id = 1) RETURNING tops.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.tops AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_tops AS (UPDATE fam.tops AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_lefts AS (UPDATE fam.lefts AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.top_id), _sd_rights AS (UPDATE fam.rights AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.top_id), _sd_bottoms AS (UPDATE fam.bottoms AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.left_id, c.right_id), _sd_corners AS (UPDATE fam.corners AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.left_id, c.right_id), _sd_dregs AS (UPDATE fam.dregs AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.bottom_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00015:' || encode(convert_to(concat_ws(', ', x.top_id), 'UTF8'), 'hex') AS message FROM _sd_lefts AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.tops AS p WHERE p.id = x.top_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.top_id) AND NOT EXISTS (SELECT FROM _sd_tops AS d WHERE d.id = x.top_id) UNION ALL SELECT 'softdelete:23503:i:00016:' || encode(convert_to(concat_ws(', ', x.top_id), 'UTF8'), 'hex') AS message FROM _sd_rights AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.tops AS p WHERE p.id = x.top_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.top_id) AND NOT EXISTS (SELECT FROM _sd_tops AS d WHERE d.id = x.top_id) UNION ALL SELECT 'softdelete:23503:i:00017:' || encode(convert_to(concat_ws(', ', x.left_id), 'UTF8'), 'hex') AS message FROM _sd_bottoms AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.lefts AS p WHERE p.id = x.left_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_lefts AS d WHERE d.id = x.left_id) UNION ALL SELECT 'softdelete:23503:i:00018:' || encode(convert_to(concat_ws(', ', x.right_id), 'UTF8'), 'hex') AS message FROM _sd_bottoms AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.rights AS p WHERE p.id = x.right_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_rights AS d WHERE d.id = x.right_id) UNION ALL SELECT 'softdelete:23503:i:00019:' || encode(convert_to(concat_ws(', ', x.bottom_id), 'UTF8'), 'hex') AS message FROM _sd_dregs AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.bottoms AS p WHERE p.id = x.bottom_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_bottoms AS d WHERE d.id = x.bottom_id) UNION ALL SELECT 'softdelete:23503:i:00020:' || encode(convert_to(concat_ws(', ', x.left_id), 'UTF8'), 'hex') AS message FROM _sd_corners AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.lefts AS p WHERE p.id = x.left_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_lefts AS d WHERE d.id = x.left_id) UNION ALL SELECT 'softdelete:23503:i:00021:' || encode(convert_to(concat_ws(', ', x.right_id), 'UTF8'), 'hex') AS message FROM _sd_corners AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.rights AS p WHERE p.id = x.right_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_rights AS d WHERE d.id = x.right_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A secondary key
why: as above
policy: family_plain
scope: only fam.countries
restores: 1
--- before
DELETE FROM fam.countries WHERE id = 5
--- in
UPDATE fam.countries SET deleted_at = NULL WHERE id = 5
--- out
WITH _sd_root AS (UPDATE fam.countries SET deletion_id = NULL, deleted_at = NULL WHERE countries.deleted_at IS NOT NULL AND (id = 5) RETURNING countries.id, countries.code), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.countries AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_countries AS (UPDATE fam.countries AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.code), _sd_towns AS (UPDATE fam.towns AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.code), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00007:' || encode(convert_to(concat_ws(', ', x.code), 'UTF8'), 'hex') AS message FROM _sd_towns AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.countries AS p WHERE p.code = x.code FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.code = x.code) AND NOT EXISTS (SELECT FROM _sd_countries AS d WHERE d.code = x.code)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Flags
why: false is the live value
policy: family_plain
scope: only fam.flags
restores: 1
--- before
DELETE FROM fam.flags WHERE id = 1
--- in
UPDATE fam.flags SET is_deleted = false WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.flags SET deletion_id = NULL, is_deleted = false WHERE flags.is_deleted AND (id = 1) RETURNING flags.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.flags AS o ON o.id = r.id WHERE o.is_deleted), _sd_flags AS (UPDATE fam.flags AS c SET is_deleted = false, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.is_deleted AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_poles AS (UPDATE fam.poles AS c SET is_deleted = false, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.is_deleted RETURNING c.id, c.flag_id), _sd_winds AS (UPDATE fam.winds AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.flag_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00022:' || encode(convert_to(concat_ws(', ', x.flag_id), 'UTF8'), 'hex') AS message FROM _sd_poles AS x WHERE (SELECT NOT p.is_deleted FROM fam.flags AS p WHERE p.id = x.flag_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.flag_id) AND NOT EXISTS (SELECT FROM _sd_flags AS d WHERE d.id = x.flag_id) UNION ALL SELECT 'softdelete:23503:i:00023:' || encode(convert_to(concat_ws(', ', x.flag_id), 'UTF8'), 'hex') AS message FROM _sd_winds AS x WHERE (SELECT NOT p.is_deleted FROM fam.flags AS p WHERE p.id = x.flag_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.flag_id) AND NOT EXISTS (SELECT FROM _sd_flags AS d WHERE d.id = x.flag_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Flags, a parameter
why: it is judged by its value
policy: family_plain
scope: only fam.flags
restores: 1
args: false
--- before
DELETE FROM fam.flags WHERE id = 1
--- in
UPDATE fam.flags SET is_deleted = $1 WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.flags SET deletion_id = NULL, is_deleted = $1 WHERE flags.is_deleted AND (id = 1) RETURNING flags.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.flags AS o ON o.id = r.id WHERE o.is_deleted), _sd_flags AS (UPDATE fam.flags AS c SET is_deleted = false, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.is_deleted AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_poles AS (UPDATE fam.poles AS c SET is_deleted = false, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.is_deleted RETURNING c.id, c.flag_id), _sd_winds AS (UPDATE fam.winds AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.flag_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00022:' || encode(convert_to(concat_ws(', ', x.flag_id), 'UTF8'), 'hex') AS message FROM _sd_poles AS x WHERE (SELECT NOT p.is_deleted FROM fam.flags AS p WHERE p.id = x.flag_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.flag_id) AND NOT EXISTS (SELECT FROM _sd_flags AS d WHERE d.id = x.flag_id) UNION ALL SELECT 'softdelete:23503:i:00023:' || encode(convert_to(concat_ws(', ', x.flag_id), 'UTF8'), 'hex') AS message FROM _sd_winds AS x WHERE (SELECT NOT p.is_deleted FROM fam.flags AS p WHERE p.id = x.flag_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.flag_id) AND NOT EXISTS (SELECT FROM _sd_flags AS d WHERE d.id = x.flag_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Seconds, without ids
why: what cascades reach from the rows, and has the same time
policy: family_plain
scope: only fam.visits
restores: 1
--- before
DELETE FROM fam.visits WHERE id = 1
--- in
UPDATE fam.visits SET deleted_unix = 0 WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.visits SET deleted_unix = 0 WHERE visits.deleted_unix <> 0 AND (id = 1) RETURNING visits.id), _sd_when AS MATERIALIZED (SELECT DISTINCT o.deleted_unix AS at FROM _sd_root AS r JOIN fam.visits AS o ON o.id = r.id WHERE o.deleted_unix <> 0), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = 0 FROM _sd_root AS p WHERE c.visit_id = p.id AND c.deleted_unix <> 0 AND c.deleted_unix IN (SELECT w.at FROM _sd_when AS w) RETURNING c.id, c.visit_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00024:' || encode(convert_to(concat_ws(', ', x.visit_id), 'UTF8'), 'hex') AS message FROM _sd_clicks AS x WHERE (SELECT p.deleted_unix = 0 FROM fam.visits AS p WHERE p.id = x.visit_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.visit_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Without ids
why: as above: sleeper 2 was deleted at another time
policy: family
scope: only fam.rooms
restores: 1
--- before
DELETE FROM fam.rooms WHERE house = 1 AND nr = 2
--- in
UPDATE fam.rooms SET deleted_at = NULL WHERE house = 1 AND nr = 2
--- out
WITH _sd_root AS (UPDATE fam.rooms SET deleted_at = NULL WHERE rooms.deleted_at IS NOT NULL AND (house = 1 AND nr = 2) RETURNING rooms.house, rooms.nr), _sd_when AS MATERIALIZED (SELECT DISTINCT o.deleted_at AS at FROM _sd_root AS r JOIN fam.rooms AS o ON o.house = r.house AND o.nr = r.nr WHERE o.deleted_at IS NOT NULL), _sd_beds AS (UPDATE fam.beds AS c SET deleted_at = NULL FROM _sd_root AS p WHERE c.house = p.house AND c.nr = p.nr AND c.deleted_at IS NOT NULL AND c.deleted_at IN (SELECT w.at FROM _sd_when AS w) RETURNING c.id, c.house, c.nr), _sd_sleepers AS (UPDATE fam.sleepers AS c SET deleted_at = NULL FROM _sd_beds AS p WHERE c.bed_id = p.id AND c.deleted_at IS NOT NULL AND c.deleted_at IN (SELECT w.at FROM _sd_when AS w) RETURNING c.id, c.bed_id), _sd_sets AS MATERIALIZED (SELECT j.id FROM softdelete_deletions AS j WHERE j.table_name = 'fam.rooms' AND j.restored_at IS NULL AND j.deleted_at IN (SELECT w.at FROM _sd_when AS w)), _sd_links_lamps AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.lamps' GROUP BY l.key), _sd_back_lamps AS (UPDATE fam.lamps AS c SET nr = CASE WHEN (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_lamps AS l WHERE c.id = (jsonb_populate_record(NULL::fam.lamps, l.key)).id), _sd_links_chairs AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.chairs' GROUP BY l.key), _sd_back_chairs AS (UPDATE fam.chairs AS c SET nr = CASE WHEN (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_chairs AS l WHERE c.id = (jsonb_populate_record(NULL::fam.chairs, l.key)).id), _sd_links_curtains AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.curtains' GROUP BY l.key), _sd_back_curtains AS (UPDATE fam.curtains AS c SET house = CASE WHEN (NOT l.old ? 'house' OR to_jsonb(c.*) -> 'house' = l.new -> 'house') AND (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).house ELSE c.house END, nr = CASE WHEN (NOT l.old ? 'house' OR to_jsonb(c.*) -> 'house' = l.new -> 'house') AND (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_curtains AS l WHERE c.id = (jsonb_populate_record(NULL::fam.curtains, l.key)).id), _sd_journal AS (UPDATE softdelete_deletions AS j SET restored_at = now(), restored_by = $1::text FROM _sd_sets AS s WHERE j.id = s.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:restore:gone:66616d2e726f6f6d73' AS message WHERE (SELECT sum((j.rows ->> 'fam.rooms')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_root) UNION ALL SELECT 'softdelete:restore:gone:66616d2e62656473' AS message WHERE (SELECT sum((j.rows ->> 'fam.beds')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_beds) UNION ALL SELECT 'softdelete:restore:gone:66616d2e736c656570657273' AS message WHERE (SELECT sum((j.rows ->> 'fam.sleepers')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_sleepers) UNION ALL SELECT 'softdelete:23503:i:00014:' || encode(convert_to(concat_ws(', ', x.house, x.nr), 'UTF8'), 'hex') AS message FROM _sd_beds AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.rooms AS p WHERE p.house = x.house AND p.nr = x.nr FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.house = x.house AND d.nr = x.nr) UNION ALL SELECT 'softdelete:23503:i:00015:' || encode(convert_to(concat_ws(', ', x.bed_id), 'UTF8'), 'hex') AS message FROM _sd_sleepers AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.beds AS p WHERE p.id = x.bed_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_beds AS d WHERE d.id = x.bed_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Without ids, two deletions at one time
why: without ids they cannot be told apart; the rows of the other room are not reached, for no cascade leads there
policy: family
scope: only fam.rooms
restores: 1
--- before
DELETE FROM fam.beds WHERE id = 1
--- before
DELETE FROM fam.rooms WHERE house = 1 AND nr = 2
--- in
UPDATE fam.rooms SET deleted_at = NULL WHERE house = 1 AND nr = 2
--- out
WITH _sd_root AS (UPDATE fam.rooms SET deleted_at = NULL WHERE rooms.deleted_at IS NOT NULL AND (house = 1 AND nr = 2) RETURNING rooms.house, rooms.nr), _sd_when AS MATERIALIZED (SELECT DISTINCT o.deleted_at AS at FROM _sd_root AS r JOIN fam.rooms AS o ON o.house = r.house AND o.nr = r.nr WHERE o.deleted_at IS NOT NULL), _sd_beds AS (UPDATE fam.beds AS c SET deleted_at = NULL FROM _sd_root AS p WHERE c.house = p.house AND c.nr = p.nr AND c.deleted_at IS NOT NULL AND c.deleted_at IN (SELECT w.at FROM _sd_when AS w) RETURNING c.id, c.house, c.nr), _sd_sleepers AS (UPDATE fam.sleepers AS c SET deleted_at = NULL FROM _sd_beds AS p WHERE c.bed_id = p.id AND c.deleted_at IS NOT NULL AND c.deleted_at IN (SELECT w.at FROM _sd_when AS w) RETURNING c.id, c.bed_id), _sd_sets AS MATERIALIZED (SELECT j.id FROM softdelete_deletions AS j WHERE j.table_name = 'fam.rooms' AND j.restored_at IS NULL AND j.deleted_at IN (SELECT w.at FROM _sd_when AS w)), _sd_links_lamps AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.lamps' GROUP BY l.key), _sd_back_lamps AS (UPDATE fam.lamps AS c SET nr = CASE WHEN (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_lamps AS l WHERE c.id = (jsonb_populate_record(NULL::fam.lamps, l.key)).id), _sd_links_chairs AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.chairs' GROUP BY l.key), _sd_back_chairs AS (UPDATE fam.chairs AS c SET nr = CASE WHEN (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_chairs AS l WHERE c.id = (jsonb_populate_record(NULL::fam.chairs, l.key)).id), _sd_links_curtains AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.curtains' GROUP BY l.key), _sd_back_curtains AS (UPDATE fam.curtains AS c SET house = CASE WHEN (NOT l.old ? 'house' OR to_jsonb(c.*) -> 'house' = l.new -> 'house') AND (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).house ELSE c.house END, nr = CASE WHEN (NOT l.old ? 'house' OR to_jsonb(c.*) -> 'house' = l.new -> 'house') AND (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_curtains AS l WHERE c.id = (jsonb_populate_record(NULL::fam.curtains, l.key)).id), _sd_journal AS (UPDATE softdelete_deletions AS j SET restored_at = now(), restored_by = $1::text FROM _sd_sets AS s WHERE j.id = s.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:restore:gone:66616d2e726f6f6d73' AS message WHERE (SELECT sum((j.rows ->> 'fam.rooms')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_root) UNION ALL SELECT 'softdelete:restore:gone:66616d2e62656473' AS message WHERE (SELECT sum((j.rows ->> 'fam.beds')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_beds) UNION ALL SELECT 'softdelete:restore:gone:66616d2e736c656570657273' AS message WHERE (SELECT sum((j.rows ->> 'fam.sleepers')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_sleepers) UNION ALL SELECT 'softdelete:23503:i:00014:' || encode(convert_to(concat_ws(', ', x.house, x.nr), 'UTF8'), 'hex') AS message FROM _sd_beds AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.rooms AS p WHERE p.house = x.house AND p.nr = x.nr FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.house = x.house AND d.nr = x.nr) UNION ALL SELECT 'softdelete:23503:i:00015:' || encode(convert_to(concat_ws(', ', x.bed_id), 'UTF8'), 'hex') AS message FROM _sd_sleepers AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.beds AS p WHERE p.id = x.bed_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_beds AS d WHERE d.id = x.bed_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Without ids, a parent that stays deleted
why: a child does not bring its parent, for the time alone does not say that they belong together
policy: family
scope: only fam.beds
restores: 1
ours: 23503, the room stays deleted
--- before
DELETE FROM fam.rooms WHERE house = 1 AND nr = 2
--- in
UPDATE fam.beds SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.beds SET deleted_at = NULL WHERE beds.deleted_at IS NOT NULL AND (id = 1) RETURNING beds.id, beds.house, beds.nr), _sd_when AS MATERIALIZED (SELECT DISTINCT o.deleted_at AS at FROM _sd_root AS r JOIN fam.beds AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_sleepers AS (UPDATE fam.sleepers AS c SET deleted_at = NULL FROM _sd_root AS p WHERE c.bed_id = p.id AND c.deleted_at IS NOT NULL AND c.deleted_at IN (SELECT w.at FROM _sd_when AS w) RETURNING c.id, c.bed_id), _sd_sets AS MATERIALIZED (SELECT j.id FROM softdelete_deletions AS j WHERE j.table_name = 'fam.beds' AND j.restored_at IS NULL AND j.deleted_at IN (SELECT w.at FROM _sd_when AS w)), _sd_links_lamps AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.lamps' GROUP BY l.key), _sd_back_lamps AS (UPDATE fam.lamps AS c SET nr = CASE WHEN (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_lamps AS l WHERE c.id = (jsonb_populate_record(NULL::fam.lamps, l.key)).id), _sd_links_chairs AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.chairs' GROUP BY l.key), _sd_back_chairs AS (UPDATE fam.chairs AS c SET nr = CASE WHEN (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_chairs AS l WHERE c.id = (jsonb_populate_record(NULL::fam.chairs, l.key)).id), _sd_links_curtains AS MATERIALIZED (SELECT l.key, jsonb_object_agg(o.key, o.value) AS old, jsonb_object_agg(o.key, l.new -> o.key) AS new FROM softdelete_links AS l JOIN _sd_sets AS s ON l.deletion_id = s.id CROSS JOIN LATERAL jsonb_each(l.old) AS o WHERE l.table_name = 'fam.curtains' GROUP BY l.key), _sd_back_curtains AS (UPDATE fam.curtains AS c SET house = CASE WHEN (NOT l.old ? 'house' OR to_jsonb(c.*) -> 'house' = l.new -> 'house') AND (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).house ELSE c.house END, nr = CASE WHEN (NOT l.old ? 'house' OR to_jsonb(c.*) -> 'house' = l.new -> 'house') AND (NOT l.old ? 'nr' OR to_jsonb(c.*) -> 'nr' = l.new -> 'nr') THEN (jsonb_populate_record(c.*, l.old)).nr ELSE c.nr END FROM _sd_links_curtains AS l WHERE c.id = (jsonb_populate_record(NULL::fam.curtains, l.key)).id), _sd_journal AS (UPDATE softdelete_deletions AS j SET restored_at = now(), restored_by = $1::text FROM _sd_sets AS s WHERE j.id = s.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:restore:gone:66616d2e62656473' AS message WHERE (SELECT sum((j.rows ->> 'fam.beds')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_root) UNION ALL SELECT 'softdelete:restore:gone:66616d2e736c656570657273' AS message WHERE (SELECT sum((j.rows ->> 'fam.sleepers')::bigint) FROM softdelete_deletions AS j JOIN _sd_sets AS s ON j.id = s.id) > (SELECT count(*) FROM _sd_sleepers) UNION ALL SELECT 'softdelete:23503:i:00014:' || encode(convert_to(concat_ws(', ', x.house, x.nr), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.rooms AS p WHERE p.house = x.house AND p.nr = x.nr FOR KEY SHARE) IS FALSE UNION ALL SELECT 'softdelete:23503:i:00015:' || encode(convert_to(concat_ws(', ', x.bed_id), 'UTF8'), 'hex') AS message FROM _sd_sleepers AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.beds AS p WHERE p.id = x.bed_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.bed_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== No foreign keys
why: who and why are cleared with the marker
policy: family_signed
scope: only fam.tags
restores: 1
--- before actor ann; reason spam
DELETE FROM fam.tags WHERE id = 1
--- in
UPDATE fam.tags SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.tags SET deletion_id = NULL, deleted_by = NULL, reason = NULL, deleted_at = NULL WHERE tags.deleted_at IS NOT NULL AND (id = 1) RETURNING tags.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.tags AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_tags AS (UPDATE fam.tags AS c SET deleted_at = NULL, deletion_id = NULL, deleted_by = NULL, reason = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id) SELECT FROM _sd_root

=== No foreign keys, several rows of a deletion
why: one deletion comes back whole
policy: family_signed
scope: only fam.tags
restores: 1
--- before
DELETE FROM fam.tags WHERE id IN (1, 2)
--- in
UPDATE fam.tags SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.tags SET deletion_id = NULL, deleted_by = NULL, reason = NULL, deleted_at = NULL WHERE tags.deleted_at IS NOT NULL AND (id = 1) RETURNING tags.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.tags AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_tags AS (UPDATE fam.tags AS c SET deleted_at = NULL, deletion_id = NULL, deleted_by = NULL, reason = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id) SELECT FROM _sd_root

=== Nothing but a marker
twin: the UPDATE is the restore
policy: family_plain
scope: only fam.plain
restores: 1
--- before
DELETE FROM fam.plain WHERE id = 1
--- in
UPDATE fam.plain SET deleted_at = NULL WHERE id = 1
--- out
UPDATE fam.plain SET deleted_at = NULL WHERE plain.deleted_at IS NOT NULL AND (id = 1)

=== A reference that stays
why: a comment may come back under a deleted post
policy: family_plain
scope: only fam.comments
restores: 1
--- before
DELETE FROM fam.comments WHERE id = 2
--- before
DELETE FROM fam.posts WHERE id = 2
--- in
UPDATE fam.comments SET deleted_at = NULL WHERE id = 2
--- twin
DELETE FROM fam.posts WHERE id = 2
--- out
WITH _sd_root AS (UPDATE fam.comments SET deletion_id = NULL, deleted_at = NULL WHERE comments.deleted_at IS NOT NULL AND (id = 2) RETURNING comments.id, comments.post_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.comments AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_comments AS (UPDATE fam.comments AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.post_id) SELECT FROM _sd_root

=== Twin keys
why: the server checks, too
policy: family_plain
scope: only fam.shelves
restores: 1
--- before
DELETE FROM fam.shelves WHERE id = 1
--- in
UPDATE fam.shelves SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.shelves SET deletion_id = NULL, deleted_at = NULL WHERE shelves.deleted_at IS NOT NULL AND (id = 1) RETURNING shelves.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.shelves AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_shelves AS (UPDATE fam.shelves AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_books AS (UPDATE fam.books AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.shelf_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00026:' || encode(convert_to(concat_ws(', ', x.shelf_id), 'UTF8'), 'hex') AS message FROM _sd_books AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.shelves AS p WHERE p.id = x.shelf_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.shelf_id) AND NOT EXISTS (SELECT FROM _sd_shelves AS d WHERE d.id = x.shelf_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Twin keys, a parent that stays deleted
why: as above
policy: family_plain
scope: only fam.books
restores: 1
ours: 23503, the shelf stays deleted
--- before
DELETE FROM fam.books WHERE id = 1
--- before
DELETE FROM fam.shelves WHERE id = 1
--- in
UPDATE fam.books SET deleted_at = NULL WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.books SET deletion_id = NULL, deleted_at = NULL WHERE books.deleted_at IS NOT NULL AND (id = 1) RETURNING books.id, books.shelf_id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN fam.books AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_books AS (UPDATE fam.books AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id, c.shelf_id), _sd_shelves AS (UPDATE fam.shelves AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00026:' || encode(convert_to(concat_ws(', ', x.shelf_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.shelves AS p WHERE p.id = x.shelf_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_shelves AS d WHERE d.id = x.shelf_id) UNION ALL SELECT 'softdelete:23503:i:00026:' || encode(convert_to(concat_ws(', ', x.shelf_id), 'UTF8'), 'hex') AS message FROM _sd_books AS x WHERE (SELECT p.deleted_at IS NULL FROM fam.shelves AS p WHERE p.id = x.shelf_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_shelves AS d WHERE d.id = x.shelf_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Odd names
why: each is quoted where it must be
policy: family_plain
scope: only fam.Clients
restores: 1
--- before
DELETE FROM fam."Clients" WHERE "Client No" = 1
--- in
UPDATE fam."Clients" SET "gone at" = NULL WHERE "Client No" = 1
--- out
WITH _sd_root AS (UPDATE fam."Clients" SET "Del Id" = NULL, "gone at" = NULL WHERE "Clients"."gone at" IS NOT NULL AND ("Client No" = 1) RETURNING "Clients"."Client No"), _sd_sets AS MATERIALIZED (SELECT DISTINCT o."Del Id" AS id FROM _sd_root AS r JOIN fam."Clients" AS o ON o."Client No" = r."Client No" WHERE o."gone at" IS NOT NULL), "_sd_Clients" AS (UPDATE fam."Clients" AS c SET "gone at" = NULL, "Del Id" = NULL WHERE c."Del Id" = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c."gone at" IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d."Client No" = c."Client No") RETURNING c."Client No"), "_sd_Client Lines" AS (UPDATE fam."Client Lines" AS c SET "gone at" = NULL, "Del Id" = NULL WHERE c."Del Id" = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c."gone at" IS NOT NULL RETURNING c."Line", c."client's"), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00027:' || encode(convert_to(concat_ws(', ', x."client's"), 'UTF8'), 'hex') AS message FROM "_sd_Client Lines" AS x WHERE (SELECT p."gone at" IS NULL FROM fam."Clients" AS p WHERE p."Client No" = x."client's" FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d."Client No" = x."client's") AND NOT EXISTS (SELECT FROM "_sd_Clients" AS d WHERE d."Client No" = x."client's")) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Every schema
why: the restore stays within the schema
policy: family_plain
scope: only *.clubs
restores: 1
--- before
DELETE FROM t1.clubs WHERE id = 1
--- before
DELETE FROM t2.clubs WHERE id = 1
--- in
UPDATE t1.clubs SET deleted_at = NULL WHERE id = 1
--- twin
DELETE FROM t2.clubs WHERE id = 1
--- out
WITH _sd_root AS (UPDATE t1.clubs SET deleted_at = NULL WHERE clubs.deleted_at IS NOT NULL AND (id = 1) RETURNING clubs.id), _sd_when AS MATERIALIZED (SELECT DISTINCT o.deleted_at AS at FROM _sd_root AS r JOIN t1.clubs AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_fans AS (UPDATE t1.fans AS c SET deleted_at = NULL FROM _sd_root AS p WHERE c.club_id = p.id AND c.deleted_at IS NOT NULL AND c.deleted_at IN (SELECT w.at FROM _sd_when AS w) RETURNING c.id, c.club_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00034:' || encode(convert_to(concat_ws(', ', x.club_id), 'UTF8'), 'hex') AS message FROM _sd_fans AS x WHERE (SELECT p.deleted_at IS NULL FROM t1.clubs AS p WHERE p.id = x.club_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.club_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A WITH query named like a child
why: the restore would read it instead of the table
policy: pair
scope: only makers
--- in
WITH models AS (SELECT 1) UPDATE makers SET deleted_at = NULL WHERE id = 3
--- refused
softdelete: refused UPDATE on makers: a WITH query hides the table models, which the rewritten statement has to read; give the WITH query another name

=== Names of the rewriter's own
why: they are refused
policy: pair
scope: only makers
--- in
UPDATE makers AS _sd_root SET deleted_at = NULL WHERE id = 3
--- refused
softdelete: refused UPDATE at character 18: names that begin with _sd_ are the rewriter's own here; use another name

=== WHERE CURRENT OF
why: nothing can be added to it
policy: pair
scope: only makers
--- before only makers
DECLARE c CURSOR FOR SELECT * FROM makers
--- in
UPDATE makers SET deleted_at = NULL WHERE CURRENT OF c
--- refused
softdelete: refused UPDATE on makers at character 8: WHERE CURRENT OF would update the row even after it was deleted; update by primary key

=== A restore and a delete
why: neither would know of the other
policy: pair
scope: with makers
--- in
WITH d AS (DELETE FROM makers WHERE id = 1) UPDATE makers SET deleted_at = NULL WHERE id = 3
--- refused
softdelete: refused UPDATE on makers at character 52: the same statement deletes from makers, whose foreign keys lead here; send two statements

=== PREPARE
why: EXECUTE restores
policy: pair
scope: only makers
--- in
PREPARE r (int) AS UPDATE makers SET deleted_at = NULL WHERE id = $1
--- out
PREPARE r (int) AS WITH _sd_root AS (UPDATE makers SET deletion_id = NULL, deleted_at = NULL WHERE makers.deleted_at IS NOT NULL AND (id = $1) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== An upsert under WithDeleted
why: it sees the deleted row, and is left as it is
policy: pair
scope: with makers
--- in
INSERT INTO makers (id, name) VALUES (3, 'x') ON CONFLICT (id) DO UPDATE SET deleted_at = NULL
--- same

=== MERGE under WithDeleted
why: it sees the deleted rows
policy: pair
scope: with makers
--- in
MERGE INTO makers USING (SELECT 3 AS id) AS s ON makers.id = s.id WHEN MATCHED THEN UPDATE SET deleted_at = NULL
--- same

=== Line comments
why: what is added stands before them
policy: pair
scope: only makers
restores: 1
--- before
DELETE FROM makers WHERE id = 4
--- in
UPDATE makers -- 1
SET -- 2
deleted_at = NULL -- 3
WHERE id = 4 -- 4
--- out
WITH _sd_root AS (UPDATE makers -- 1
SET deletion_id = NULL, -- 2
deleted_at = NULL -- 3
WHERE makers.deleted_at IS NOT NULL AND (id = 4) RETURNING makers.id), _sd_sets AS MATERIALIZED (SELECT DISTINCT o.deletion_id AS id FROM _sd_root AS r JOIN makers AS o ON o.id = r.id WHERE o.deleted_at IS NOT NULL), _sd_makers AS (UPDATE makers AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id), _sd_models AS (UPDATE models AS c SET deleted_at = NULL, deletion_id = NULL WHERE c.deletion_id = ANY (ARRAY(SELECT s.id FROM _sd_sets AS s)) AND c.deleted_at IS NOT NULL RETURNING c.id, c.maker_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_models AS x WHERE (SELECT p.deleted_at IS NULL FROM makers AS p WHERE p.id = x.maker_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = x.maker_id) AND NOT EXISTS (SELECT FROM _sd_makers AS d WHERE d.id = x.maker_id)) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END -- 4
