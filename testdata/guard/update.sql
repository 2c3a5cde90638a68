# UPDATE of references. Maker 3 is deleted, 99 is missing.

=== A reference to a live row
why: the check is one, whose rows the driver does not show
policy: pair
--- in
UPDATE models SET maker_id = 4 WHERE id = 1
--- out
UPDATE models SET maker_id = 4 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference to a deleted row
why: as for an INSERT
policy: pair
error: 23503
--- in
UPDATE models SET maker_id = 3 WHERE id = 1
--- out
UPDATE models SET maker_id = 3 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference to a missing row
why: that is the constraint's own
policy: pair
error: 23503
--- in
UPDATE models SET maker_id = 99 WHERE id = 1
--- out
UPDATE models SET maker_id = 99 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== No reference
twin: the columns that are set hold none
policy: pair
--- in
UPDATE models SET name = 'x' WHERE id = 1
--- out
UPDATE models SET name = 'x' WHERE models.deleted_at IS NULL AND (id = 1)

=== A reference to nothing
why: NULL refers to nothing
policy: pair
--- in
UPDATE models SET maker_id = NULL, name = 'x'
--- out
UPDATE models SET maker_id = NULL, name = 'x' WHERE models.deleted_at IS NULL RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== No row
why: nothing is updated, nothing is wrong
policy: pair
--- in
UPDATE models SET maker_id = 3 WHERE id = 99
--- out
UPDATE models SET maker_id = 3 WHERE models.deleted_at IS NULL AND (id = 99) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A deleted row
why: it is not updated
policy: pair
--- in
UPDATE models SET maker_id = 3 WHERE id = 2
--- out
UPDATE models SET maker_id = 3 WHERE models.deleted_at IS NULL AND (id = 2) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A parameter
why: as above
policy: pair
args: 3, 1
error: 23503
--- in
UPDATE models SET maker_id = $1 WHERE id = $2
--- out
UPDATE models SET maker_id = $1 WHERE models.deleted_at IS NULL AND (id = $2) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A default
why: RETURNING sees the default: desk 4 is deleted
policy: family
error: 23503
--- in
UPDATE fam.drafts SET desk_id = DEFAULT WHERE id = 1
--- out
UPDATE fam.drafts SET desk_id = DEFAULT WHERE drafts.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN drafts.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.desks AS _sd_parent WHERE _sd_parent.id = drafts.desk_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00008:' || encode(convert_to(concat_ws(', ', drafts.desk_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Several columns at once
why: the names on the left count
policy: pair
error: 23503
--- in
UPDATE models SET (name, maker_id) = ('x', 3) WHERE id = 1
--- out
UPDATE models SET (name, maker_id) = ('x', 3) WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Several columns at once, of a sub-select
why: as above
policy: pair
--- in
UPDATE models SET (maker_id, name) = (SELECT id, town FROM makers WHERE name = 'Benz') WHERE id = 1
--- out
UPDATE models SET (maker_id, name) = (SELECT id, town FROM makers WHERE makers.deleted_at IS NULL AND (name = 'Benz')) WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== FROM
why: the check speaks of the target
policy: pair
error: 23503
--- in
UPDATE models SET maker_id = v.maker FROM (VALUES (1, 3)) AS v(id, maker) WHERE models.id = v.id
--- out
UPDATE models SET maker_id = v.maker FROM (VALUES (1, 3)) AS v(id, maker) WHERE models.deleted_at IS NULL AND (models.id = v.id) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== FROM, RETURNING
why: a column of the source may carry the check, too
policy: pair
--- in
UPDATE models AS m SET maker_id = v.maker FROM (VALUES (1, 4)) AS v(id, maker) WHERE m.id = v.id RETURNING v.id, m.maker_id
--- out
UPDATE models AS m SET maker_id = v.maker FROM (VALUES (1, 4)) AS v(id, maker) WHERE m.deleted_at IS NULL AND (m.id = v.id) RETURNING CASE WHEN CASE WHEN m.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = m.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', m.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN v.id ELSE v.id END AS "id", m.maker_id

=== FROM, RETURNING a star
why: the columns of both tables hide which are the target's
policy: pair
--- in
UPDATE models AS m SET maker_id = v.maker FROM (VALUES (1, 4)) AS v(id, maker) WHERE m.id = v.id RETURNING *
--- refused
softdelete: refused UPDATE on models at character 8: RETURNING * of several tables hides which columns are the target's; list the columns of RETURNING by name

=== FROM, RETURNING the target's star
why: these are the target's
policy: pair
--- in
UPDATE models AS m SET maker_id = v.maker FROM (VALUES (1, 4)) AS v(id, maker) WHERE m.id = v.id RETURNING m.*
--- out
WITH _sd_root AS (UPDATE models AS m SET maker_id = v.maker FROM (VALUES (1, 4)) AS v(id, maker) WHERE m.deleted_at IS NULL AND (m.id = v.id) RETURNING m.*), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== FROM the parents
why: they are filtered, so that no deleted one is found
policy: pair
--- in
UPDATE models SET maker_id = makers.id FROM makers WHERE makers.name = 'Dacia' AND models.id = 1
--- out
UPDATE models SET maker_id = makers.id FROM (makers JOIN (SELECT) AS _sd1 ON makers.deleted_at IS NULL) WHERE models.deleted_at IS NULL AND (makers.name = 'Dacia' AND models.id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== RETURNING a column
why: it carries the check
policy: pair
--- in
UPDATE models SET maker_id = 4 WHERE id = 1 RETURNING id, maker_id
--- out
UPDATE models SET maker_id = 4 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "id", maker_id

=== RETURNING a star, a deleted parent
why: the statement goes into a WITH query
policy: pair
error: 23503
--- in
UPDATE models SET maker_id = 3 WHERE id = 1 RETURNING *
--- out
WITH _sd_root AS (UPDATE models SET maker_id = 3 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING a star
why: as above
policy: pair
--- in
UPDATE models SET maker_id = 4 WHERE id IN (1, 3) RETURNING *
--- out
WITH _sd_root AS (UPDATE models SET maker_id = 4 WHERE models.deleted_at IS NULL AND (id IN (1, 3)) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING an expression
why: as above
policy: pair
--- in
UPDATE models SET maker_id = 4 WHERE id = 1 RETURNING maker_id + 1
--- out
WITH _sd_root(_sd_c1) AS (UPDATE models SET maker_id = 4 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING maker_id + 1, models.maker_id, models.deleted_at), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT _sd_c1 AS "?column?" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== WITH in front
why: as above
policy: pair
--- in
WITH x AS (SELECT 4 AS id) UPDATE models SET maker_id = x.id FROM x WHERE models.id = 1 RETURNING x.id + 1
--- out
WITH x AS (SELECT 4 AS id) , _sd_root(_sd_c1) AS (UPDATE models SET maker_id = x.id FROM x WHERE models.deleted_at IS NULL AND (models.id = 1) RETURNING x.id + 1, models.maker_id, models.deleted_at), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT _sd_c1 AS "?column?" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== In a WITH query
why: the check runs with the UPDATE
policy: pair
error: 23503
--- in
WITH u AS (UPDATE models SET maker_id = 3 WHERE id = 1) SELECT 1
--- out
WITH u AS (UPDATE models SET maker_id = 3 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END) SELECT 1

=== In a WITH query, RETURNING a star
why: a WITH query that nothing reads is not executed, so that the check is a data-modifying one
policy: pair
error: 23503
--- in
WITH u AS (UPDATE models SET maker_id = 3 WHERE id = 1 RETURNING *) SELECT 1
--- out
WITH _sd_root AS (UPDATE models SET maker_id = 3 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v), _sd_check AS (UPDATE makers SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), u AS (SELECT * FROM _sd_root) SELECT 1

=== In a WITH query, RETURNING a star, and read
why: as above
policy: pair
--- in
WITH u AS (UPDATE models SET maker_id = 4 WHERE id = 1 RETURNING *) SELECT u.id, makers.name FROM u JOIN makers ON makers.id = u.maker_id
--- out
WITH _sd_root AS (UPDATE models SET maker_id = 4 WHERE models.deleted_at IS NULL AND (id = 1) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v), _sd_check AS (UPDATE makers SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), u AS (SELECT * FROM _sd_root) SELECT u.id, makers.name FROM u JOIN makers ON makers.id = u.maker_id WHERE makers.deleted_at IS NULL

=== ONLY and an alias
why: the check speaks of the alias
policy: pair
error: 23503
--- in
UPDATE ONLY models AS m SET maker_id = 3 WHERE m.id = 1
--- out
UPDATE ONLY models AS m SET maker_id = 3 WHERE m.deleted_at IS NULL AND (m.id = 1) RETURNING CASE WHEN m.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = m.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', m.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A table outside the policy
why: it refers to a table of the policy
policy: family_plain
error: 23503
--- in
UPDATE fam.bills SET order_id = 40 WHERE id = 2
--- out
UPDATE fam.bills SET order_id = 40 WHERE id = 2 RETURNING CASE WHEN (SELECT _sd_parent.deleted_at IS NULL FROM fam.orders AS _sd_parent WHERE _sd_parent.id = bills.order_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00004:' || encode(convert_to(concat_ws(', ', bills.order_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A table outside the policy, by a cursor
why: RETURNING goes with WHERE CURRENT OF
policy: family_plain
--- before
DECLARE c CURSOR FOR SELECT * FROM fam.bills
--- before
FETCH c
--- in
UPDATE fam.bills SET order_id = 10 WHERE CURRENT OF c
--- out
UPDATE fam.bills SET order_id = 10 WHERE CURRENT OF c RETURNING CASE WHEN (SELECT _sd_parent.deleted_at IS NULL FROM fam.orders AS _sd_parent WHERE _sd_parent.id = bills.order_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00004:' || encode(convert_to(concat_ws(', ', bills.order_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== One column of a composite key
why: each column of the key counts: room 3 of house 1 is deleted
policy: family_plain
error: 23503
--- in
UPDATE fam.beds SET nr = 3 WHERE id = 1
--- out
UPDATE fam.beds SET nr = 3 WHERE beds.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN beds.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.rooms AS _sd_parent WHERE _sd_parent.house = beds.house AND _sd_parent.nr = beds.nr FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00005:' || encode(convert_to(concat_ws(', ', beds.house, beds.nr), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Another column
twin: bed 1 keeps its room
policy: family_plain
--- in
UPDATE fam.beds SET id = 21 WHERE id = 5
--- out
UPDATE fam.beds SET id = 21 WHERE beds.deleted_at IS NULL AND (id = 5)

=== A reference that outlived its row, left alone
why: what is not written is not checked
policy: family_plain
--- in
UPDATE fam.comments SET body = 'q' WHERE id = 3
--- out
UPDATE fam.comments SET body = 'q' WHERE comments.deleted_at IS NULL AND (id = 3)

=== A reference that outlived its row, written again
why: a reference that was there before may stay, as ORMs write every column
policy: family_plain
--- in
UPDATE fam.comments SET body = 'q', post_id = 3 WHERE id = 3
--- out
UPDATE fam.comments SET body = 'q', post_id = 3 WHERE comments.deleted_at IS NULL AND (id = 3) RETURNING CASE WHEN comments.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.posts AS _sd_parent WHERE _sd_parent.id = comments.post_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM fam.comments AS _sd_old WHERE _sd_old.id = comments.id AND _sd_old.post_id = comments.post_id) THEN ('softdelete:23503:i:00025:' || encode(convert_to(concat_ws(', ', comments.post_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference that outlived its row, taken over by another
why: a new one must be to a live row
policy: family_plain
error: 23503
--- in
UPDATE fam.comments SET post_id = 3 WHERE id IN (1, 3)
--- out
UPDATE fam.comments SET post_id = 3 WHERE comments.deleted_at IS NULL AND (id IN (1, 3)) RETURNING CASE WHEN comments.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.posts AS _sd_parent WHERE _sd_parent.id = comments.post_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM fam.comments AS _sd_old WHERE _sd_old.id = comments.id AND _sd_old.post_id = comments.post_id) THEN ('softdelete:23503:i:00025:' || encode(convert_to(concat_ws(', ', comments.post_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference that outlived its row, with the key
why: the row is found again by its key, which must stay
policy: family_plain
ours: 23503, it is not found by its new key
--- in
UPDATE fam.comments SET id = 33, post_id = post_id WHERE id = 3
--- out
UPDATE fam.comments SET id = 33, post_id = post_id WHERE comments.deleted_at IS NULL AND (id = 3) RETURNING CASE WHEN comments.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.posts AS _sd_parent WHERE _sd_parent.id = comments.post_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM fam.comments AS _sd_old WHERE _sd_old.id = comments.id AND _sd_old.post_id = comments.post_id) THEN ('softdelete:23503:i:00025:' || encode(convert_to(concat_ws(', ', comments.post_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference that outlived its row, RETURNING a star
why: as above, in a WITH query
policy: family_plain
--- in
UPDATE fam.comments SET body = 'q', post_id = 3 WHERE id = 3 RETURNING *
--- out
WITH _sd_root AS (UPDATE fam.comments SET body = 'q', post_id = 3 WHERE comments.deleted_at IS NULL AND (id = 3) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00025:' || encode(convert_to(concat_ws(', ', x.post_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.posts AS _sd_parent WHERE _sd_parent.id = x.post_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM fam.comments AS _sd_old WHERE _sd_old.id = x.id AND _sd_old.post_id = x.post_id)) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A reference with a twin key
why: the server checks it, by the twin
policy: family_plain
error: 23503
--- in
UPDATE fam.books SET shelf_id = 3 WHERE id = 1
--- out
UPDATE fam.books SET shelf_id = 3 WHERE books.deleted_at IS NULL AND (id = 1)

=== A self-reference
why: as any
policy: family_plain
error: 23503
--- in
UPDATE fam.staff SET boss_id = 7 WHERE id = 8
--- out
UPDATE fam.staff SET boss_id = 7 WHERE staff.deleted_at IS NULL AND (id = 8) RETURNING CASE WHEN staff.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.staff AS _sd_parent WHERE _sd_parent.id = staff.boss_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00009:' || encode(convert_to(concat_ws(', ', staff.boss_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Under OnlyDeleted
why: a deleted row may refer to a deleted one
policy: pair
scope: only models
ours: ok, a deleted row may refer to a deleted one
error: 23503
--- in
UPDATE models SET maker_id = 3 WHERE id = 2
--- out
UPDATE models SET maker_id = 3 WHERE models.deleted_at IS NOT NULL AND (id = 2) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Under WithDeleted
why: of live and deleted rows the live are checked
policy: pair
scope: with models
error: 23503
--- in
UPDATE models SET maker_id = 3 WHERE id IN (1, 2)
--- out
UPDATE models SET maker_id = 3 WHERE id IN (1, 2) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Of the marker too
why: a row that is deleted in the same statement may refer to anything
policy: pair
ours: ok, a deleted row may refer to a deleted one
error: 23503
--- in
UPDATE models SET maker_id = 3, deleted_at = now() WHERE id = 1
--- out
UPDATE models SET deletion_id = (SELECT gen_random_uuid()), maker_id = 3, deleted_at = now() WHERE models.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== An upsert's target
why: see insert.sql
policy: pair
error: 23503
--- in
INSERT INTO models AS m (id, maker_id) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET (name, maker_id) = ('x', 3) RETURNING m.id
--- out
INSERT INTO models AS m (id, maker_id) VALUES (1, 1) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET (name, maker_id) = ('x', 3) WHERE CASE WHEN m.deleted_at IS NULL THEN true ELSE ('softdelete:23505:models:' || m.deleted_at::text)::int = 0 END RETURNING CASE WHEN CASE WHEN m.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = m.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', m.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN m.id ELSE m.id END AS "id"

=== MERGE that inserts
why: MERGE has no RETURNING until PostgreSQL 17
policy: pair
--- in
MERGE INTO models USING (VALUES (20, 3)) AS v(id, maker) ON models.id = v.id WHEN NOT MATCHED THEN INSERT (id, maker_id) VALUES (v.id, v.maker)
--- refused
softdelete: refused MERGE on models at character 12: MERGE cannot check that the rows which models_maker_id_fkey refers to are live; use INSERT … ON CONFLICT, or UPDATE … FROM

=== MERGE that updates a reference
why: as above
policy: pair
--- in
MERGE INTO models USING (VALUES (1, 3)) AS v(id, maker) ON models.id = v.id WHEN MATCHED THEN UPDATE SET maker_id = v.maker
--- refused
softdelete: refused MERGE on models at character 12: MERGE cannot check that the rows which models_maker_id_fkey refers to are live; use INSERT … ON CONFLICT, or UPDATE … FROM

=== MERGE that updates no reference
twin: there is nothing to check
policy: pair
--- in
MERGE INTO models USING (VALUES (1, 'z')) AS v(id, name) ON models.id = v.id WHEN MATCHED THEN UPDATE SET name = v.name
--- out
MERGE INTO models USING (VALUES (1, 'z')) AS v(id, name) ON models.deleted_at IS NULL AND (models.id = v.id) WHEN MATCHED THEN UPDATE SET name = v.name

=== MERGE into a table outside the policy
why: as for a table of the policy
policy: family_plain
--- in
MERGE INTO fam.bills USING (VALUES (20, 40)) AS v(id, o) ON bills.id = v.id WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.o)
--- refused
softdelete: refused MERGE at character 12: MERGE cannot check that the rows which bills_order_id_fkey refers to are live; use INSERT … ON CONFLICT, or UPDATE … FROM

=== MERGE into a table without references
twin: there is nothing to check
policy: pair
--- in
MERGE INTO makers USING (VALUES (20, 'z')) AS v(id, name) ON makers.id = v.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name)
--- out
MERGE INTO makers USING (VALUES (20, 'z')) AS v(id, name) ON makers.deleted_at IS NULL AND (makers.id = v.id) WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name)
