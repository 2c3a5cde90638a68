# UPDATE of the marker is a delete too, and what ORMs emit. The twin deletes.

=== A literal
why: it deletes, and what follows from a delete follows
policy: pair
--- in
UPDATE makers SET deleted_at = '2026-01-02' WHERE id = 1
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = '2026-01-02' WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== now()
why: as above; the children have the time that the user gave
policy: pair
--- in
UPDATE makers SET deleted_at = now() WHERE id = 1
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Other spellings of now
why: they are never NULL, whatever is added or cut off
policy: pair
--- in
UPDATE makers SET deleted_at = current_timestamp(3) WHERE id = 1; UPDATE makers SET deleted_at = clock_timestamp() AT TIME ZONE 'UTC' WHERE id = 4; UPDATE makers SET deleted_at = date_trunc('second', now() - interval '1 hour') WHERE id = 5
--- twin
DELETE FROM makers WHERE id = 1; DELETE FROM makers WHERE id = 4; DELETE FROM makers WHERE id = 5
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = current_timestamp(3) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root; WITH _sd_id2 AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root2 AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id2) ELSE (SELECT id FROM _sd_id2) END, deleted_at = clock_timestamp() AT TIME ZONE 'UTC' WHERE makers.deleted_at IS NULL AND (id = 4) RETURNING makers.id, makers.deleted_at), _sd_models2 AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root2 AS r), deletion_id = (SELECT id FROM _sd_id2) FROM _sd_root2 AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root2; WITH _sd_id3 AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root3 AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id3) ELSE (SELECT id FROM _sd_id3) END, deleted_at = date_trunc('second', now() - interval '1 hour') WHERE makers.deleted_at IS NULL AND (id = 5) RETURNING makers.id, makers.deleted_at), _sd_models3 AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root3 AS r), deletion_id = (SELECT id FROM _sd_id3) FROM _sd_root3 AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root3

=== The local time
why: as above
policy: pair
--- in
UPDATE makers SET deleted_at = localtimestamp(3) WHERE id = 1
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = localtimestamp(3) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A cast
why: it is looked through
policy: pair
--- in
UPDATE makers SET deleted_at = cast('2026-01-02' AS date)::timestamptz WHERE id = 1
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = cast('2026-01-02' AS date)::timestamptz WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== NULL
why: that is what live rows have: no delete, in the default scope
policy: pair
--- in
UPDATE makers SET deleted_at = NULL, name = 'x' WHERE id = 1
--- out
UPDATE makers SET deleted_at = NULL, name = 'x' WHERE makers.deleted_at IS NULL AND (id = 1)

=== NULL with a cast
why: as above
policy: pair
--- in
UPDATE makers SET deleted_at = NULL::timestamptz, name = 'x' WHERE id = 1
--- out
UPDATE makers SET deleted_at = NULL::timestamptz, name = 'x' WHERE makers.deleted_at IS NULL AND (id = 1)

=== Another column
twin: no marker is set
policy: pair
--- in
UPDATE makers SET name = 'x' WHERE id = 1
--- out
UPDATE makers SET name = 'x' WHERE makers.deleted_at IS NULL AND (id = 1)

=== A parameter with a time
why: it is judged by its value, when that is known
policy: pair
args: '2026-01-02 03:04:05+00', 1
--- in
UPDATE makers SET deleted_at = $1 WHERE id = $2
--- twin
DELETE FROM makers WHERE id = $2 AND $1 <> ''
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = $1 WHERE makers.deleted_at IS NULL AND (id = $2) RETURNING makers.id, makers.deleted_at), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A parameter with NULL
why: it deletes nothing: GORM's Save writes every column
policy: pair
args: NULL, 1, 'x'
--- in
UPDATE makers SET name = $3, deleted_at = $1 WHERE id = $2
--- out
UPDATE makers SET name = $3, deleted_at = $1 WHERE makers.deleted_at IS NULL AND (id = $2)

=== A parameter with a cast
why: as above
policy: pair
args: NULL, 1
--- in
UPDATE makers SET deleted_at = $1::timestamptz, name = 'x' WHERE id = $2
--- out
UPDATE makers SET deleted_at = $1::timestamptz, name = 'x' WHERE makers.deleted_at IS NULL AND (id = $2)

=== A parameter twice
why: one value, two places
policy: pair
undo: no, it updates too
args: '2026-01-02', 1
--- in
UPDATE makers SET deleted_at = $1::timestamptz, town = $1::text WHERE id = $2 RETURNING id, town
--- twin
DELETE FROM makers WHERE id = $2 AND $1::timestamptz IS NOT NULL RETURNING id, $1::timestamptz::text AS town
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = $1::timestamptz, town = $1::text WHERE makers.deleted_at IS NULL AND (id = $2) RETURNING id, town, makers.id, makers.deleted_at), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "town" FROM _sd_root

=== A parameter in an expression
why: what comes of it is not known
policy: pair
args: '1 day', 1
--- in
UPDATE makers SET deleted_at = now() + $1::interval WHERE id = $2
--- refused
softdelete: refused UPDATE on makers at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== An expression
why: it may delete some of the rows and not others, and what a delete sets besides the marker would be set in all
policy: pair
--- in
UPDATE makers SET deleted_at = CASE WHEN name = 'Audi' THEN now() END WHERE id IN (1, 4)
--- refused
softdelete: refused UPDATE on makers at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== An expression, a table without consequences
twin: nothing follows, and nothing else is set
policy: family_plain
--- in
UPDATE fam.plain SET deleted_at = CASE WHEN name = 'x' THEN now() END WHERE id IN (1, 2)
--- twin
WITH d AS (DELETE FROM fam.plain WHERE id = 1) SELECT FROM fam.plain WHERE id IN (1, 2)
--- out
UPDATE fam.plain SET deleted_at = CASE WHEN name = 'x' THEN now() END WHERE plain.deleted_at IS NULL AND (id IN (1, 2))

=== An expression, a table with an id
why: as for one with consequences
policy: family_plain
--- in
UPDATE fam.tags SET deleted_at = CASE WHEN name = 'x' THEN now() END WHERE id IN (1, 2)
--- refused
softdelete: refused UPDATE on fam.tags at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== An expression, with a journal
why: as above
policy: family
--- in
UPDATE fam.plain SET deleted_at = CASE WHEN name = 'x' THEN now() END WHERE id IN (1, 2)
--- refused
softdelete: refused UPDATE on fam.plain at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== A constant in a table that refers to itself
twin: all rows go
policy: family_plain
--- in
UPDATE fam.staff SET deleted_at = now() WHERE id IN (1, 3)
--- twin
DELETE FROM fam.staff WHERE id IN (1, 3)
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.staff SET deletion_id = CASE WHEN (SELECT true FROM fam.staff AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = staff.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE staff.deleted_at IS NULL AND (id IN (1, 3)) RETURNING staff.id, staff.deleted_at), _sd_cycle AS MATERIALIZED (WITH RECURSIVE _sd_r(t, k1, k2) AS ((SELECT 0, p.id, (SELECT n.boss_id FROM fam.staff AS n WHERE false) FROM _sd_root AS p) UNION SELECT x.* FROM _sd_r CROSS JOIN LATERAL (SELECT 0, c.id, c.boss_id FROM fam.staff AS c WHERE _sd_r.t = 0 AND c.boss_id = _sd_r.k1 AND c.deleted_at IS NULL) AS x(t, k1, k2)) SELECT * FROM _sd_r), _sd_staff AS (UPDATE fam.staff AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.staff AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN (SELECT max(r.deleted_at) FROM _sd_root AS r) ELSE (SELECT max(r.deleted_at) FROM _sd_root AS r) END, deletion_id = (SELECT id FROM _sd_id) FROM (SELECT k1 AS id, k2 AS boss_id FROM _sd_cycle WHERE t = 0) AS k WHERE c.id = k.id AND c.boss_id IS NOT DISTINCT FROM k.boss_id AND c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id) SELECT FROM _sd_root

=== A reference and an expression
why: a row that stays must refer to a live row, whatever becomes of the others
policy: family_plain
--- in
UPDATE fam.orders SET user_id = 4, deleted_at = CASE WHEN id = 10 THEN now() END WHERE id IN (10, 11)
--- refused
softdelete: refused UPDATE on fam.orders at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== A reference and a constant
why: a row that goes may refer to anything
policy: family_plain
undo: no, it updates too
--- in
UPDATE fam.orders SET user_id = 4, deleted_at = now() WHERE id = 10
--- twin
DELETE FROM fam.orders WHERE id = 10
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.orders SET deletion_id = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = orders.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, user_id = 4, deleted_at = now() WHERE orders.deleted_at IS NULL AND (id = 10) RETURNING orders.id, orders.deleted_at), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN (SELECT max(r.deleted_at) FROM _sd_root AS r) ELSE (SELECT max(r.deleted_at) FROM _sd_root AS r) END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_root AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_root AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== A reference and a parameter with NULL
why: as without the marker
policy: family_plain
args: NULL, 10
error: 23503
--- in
UPDATE fam.orders SET user_id = 4, deleted_at = $1 WHERE id = $2
--- out
UPDATE fam.orders SET user_id = 4, deleted_at = $1 WHERE orders.deleted_at IS NULL AND (id = $2) RETURNING CASE WHEN orders.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.users AS _sd_parent WHERE _sd_parent.id = orders.user_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', orders.user_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A key and the marker
why: the cascade would look for the children of the new key
policy: pair
--- in
UPDATE makers SET id = 50, deleted_at = now() WHERE id = 1
--- refused
softdelete: refused UPDATE on makers at character 8: the marker and the key id, which foreign keys lead to, are set at once; send two statements

=== A key and the marker, a parameter with NULL
twin: nothing is deleted
policy: pair
args: NULL
--- in
UPDATE makers SET id = 50, deleted_at = $1 WHERE id = 5
--- out
UPDATE makers SET id = 50, deleted_at = $1 WHERE makers.deleted_at IS NULL AND (id = 5)

=== Every column
twin: an ORM's Save writes all of them, also the key that is referred to, and the id
policy: family_plain
args: 'de', 'D', NULL, NULL, 1
--- in
UPDATE fam.countries SET code = $1, name = $2, deleted_at = $3, deletion_id = $4 WHERE id = $5
--- out
UPDATE fam.countries SET code = $1, name = $2, deleted_at = $3, deletion_id = $4 WHERE countries.deleted_at IS NULL AND (id = $5)

=== DEFAULT
twin: what rows are born with is live; Bun writes it for a marker that is not set
policy: pair
--- in
UPDATE makers SET deleted_at = DEFAULT, name = 'x' WHERE id = 1
--- out
UPDATE makers SET deleted_at = DEFAULT, name = 'x' WHERE makers.deleted_at IS NULL AND (id = 1)

=== Several columns at once
why: each has its expression
policy: pair
undo: no, it updates too
--- in
UPDATE makers SET (name, deleted_at) = ('x', now()) WHERE id = 1
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, (name, deleted_at) = ('x', now()) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Several columns at once, the marker NULL
why: as above
policy: pair
--- in
UPDATE makers SET (name, deleted_at) = ('x', NULL) WHERE id = 1
--- out
UPDATE makers SET (name, deleted_at) = ('x', NULL) WHERE makers.deleted_at IS NULL AND (id = 1)

=== Several columns at once, of a ROW
why: as above
policy: pair
undo: no, it updates too
args: '2026-01-02', 1
--- in
UPDATE makers SET (deleted_at, name) = ROW($1, 'x') WHERE id = $2
--- twin
DELETE FROM makers WHERE id = $2 AND $1 <> ''
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, (deleted_at, name) = ROW($1, 'x') WHERE makers.deleted_at IS NULL AND (id = $2) RETURNING makers.id, makers.deleted_at), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.deleted_at IS NOT NULL), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Several columns at once, of a sub-select
why: what it selects is not known
policy: pair
--- in
UPDATE makers SET (deleted_at, name) = (SELECT now(), 'x') WHERE id = 1
--- refused
softdelete: refused UPDATE on makers at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== Without WHERE
why: every live row
policy: family_plain
--- in
UPDATE fam.visits SET deleted_unix = 1800000000
--- twin
DELETE FROM fam.visits
--- out
WITH _sd_root AS (UPDATE fam.visits SET deleted_unix = 1800000000 WHERE visits.deleted_unix = 0 AND (SELECT true FROM fam.visits AS _sd_lock WHERE _sd_lock.deleted_unix = 0 AND _sd_lock.id = visits.id FOR UPDATE) RETURNING visits.id, visits.deleted_unix), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = (SELECT max(r.deleted_unix) FROM _sd_root AS r) FROM _sd_root AS p WHERE c.visit_id = p.id AND c.deleted_unix = 0 RETURNING c.id) SELECT FROM _sd_root

=== An alias
why: the keys are qualified with it
policy: pair
--- in
UPDATE makers AS m SET deleted_at = now() WHERE m.id = 1
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers AS m SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = m.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE m.deleted_at IS NULL AND (m.id = 1) RETURNING m.id, m.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== FROM
why: it becomes no other statement
policy: pair
--- in
UPDATE makers SET deleted_at = now() FROM models WHERE models.maker_id = makers.id AND models.name = 'A1'
--- twin
DELETE FROM makers USING models WHERE models.maker_id = makers.id AND models.name = 'A1'
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() FROM (models JOIN (SELECT) AS _sd1 ON models.deleted_at IS NULL) WHERE makers.deleted_at IS NULL AND (models.maker_id = makers.id AND models.name = 'A1') RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== RETURNING
why: as with a DELETE; an UPDATE returns the new marker anyway
policy: pair
--- in
UPDATE makers SET deleted_at = now() WHERE id = 1 RETURNING id, name
--- twin
DELETE FROM makers WHERE id = 1 RETURNING id, name
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, name, makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root

=== RETURNING a star
why: as above
policy: pair
--- in
UPDATE makers SET deleted_at = now() WHERE id = 1 RETURNING *
--- twin
DELETE FROM makers WHERE id = 1 RETURNING *
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING *), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING the marker
why: it is yielded twice, once for the user
policy: pair
--- in
UPDATE makers SET deleted_at = now() WHERE id = 1 RETURNING deleted_at, id
--- twin
DELETE FROM makers WHERE id = 1 RETURNING deleted_at, id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING deleted_at, id, makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "deleted_at", _sd_c2 AS "id" FROM _sd_root

=== In a WITH query
why: as with a DELETE
policy: pair
--- in
WITH d AS (UPDATE makers SET deleted_at = now() WHERE id = 1 RETURNING id) SELECT id FROM d
--- twin
WITH d AS (DELETE FROM makers WHERE id = 1 RETURNING id) SELECT id FROM d
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id), d AS (SELECT _sd_c1 AS "id" FROM _sd_root) SELECT id FROM d

=== Violated
why: as with a DELETE
policy: family_plain
error: 23503
--- in
UPDATE fam.users SET deleted_at = now() WHERE id = 3
--- twin
DELETE FROM fam.users WHERE id = 3
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deletion_id = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 3) RETURNING users.id, users.deleted_at), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN (SELECT max(r.deleted_at) FROM _sd_root AS r) ELSE (SELECT max(r.deleted_at) FROM _sd_root AS r) END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN (SELECT max(r.deleted_at) FROM _sd_root AS r) ELSE (SELECT max(r.deleted_at) FROM _sd_root AS r) END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Violated by a parameter
why: as above
policy: family_plain
args: '2026-01-02', 3
error: 23503
--- in
UPDATE fam.users SET deleted_at = $1 WHERE id = $2
--- twin
DELETE FROM fam.users WHERE id = $2 AND $1 <> ''
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deletion_id = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = $1 WHERE users.deleted_at IS NULL AND (id = $2) RETURNING users.id, users.deleted_at), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.deleted_at IS NOT NULL), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN (SELECT max(r.deleted_at) FROM _sd_root AS r) ELSE (SELECT max(r.deleted_at) FROM _sd_root AS r) END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.items AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN (SELECT max(r.deleted_at) FROM _sd_root AS r) ELSE (SELECT max(r.deleted_at) FROM _sd_root AS r) END, deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00002:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.invoices AS c JOIN _sd_orders AS p ON c.order_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00003:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.holds AS c JOIN _sd_items AS p ON c.item_id = p.id WHERE c.deleted_at IS NULL UNION ALL SELECT 'softdelete:23503:d:00004:' || encode(convert_to(concat_ws(', ', p.id), 'UTF8'), 'hex') AS message FROM fam.bills AS c JOIN _sd_orders AS p ON c.order_id = p.id) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== Not violated by NULL
twin: nothing is deleted
policy: family_plain
args: NULL, 3
--- in
UPDATE fam.users SET deleted_at = $1 WHERE id = $2
--- out
UPDATE fam.users SET deleted_at = $1 WHERE users.deleted_at IS NULL AND (id = $2)

=== A deleted row
why: it is not deleted again, and keeps its time
policy: pair
--- in
UPDATE makers SET deleted_at = now() WHERE id = 3
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 3) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== No consequences
twin: the id is set with the marker, and nothing else follows
policy: family_plain
--- in
UPDATE fam.tags SET deleted_at = now() WHERE id = 1
--- twin
DELETE FROM fam.tags WHERE id = 1
--- out
UPDATE fam.tags SET deletion_id = (SELECT gen_random_uuid()), deleted_at = now() WHERE tags.deleted_at IS NULL AND (id = 1)

=== No consequences and no id
twin: the user's statement is the delete
policy: family_plain
--- in
UPDATE fam.plain SET deleted_at = now() WHERE id = 1
--- twin
DELETE FROM fam.plain WHERE id = 1
--- out
UPDATE fam.plain SET deleted_at = now() WHERE plain.deleted_at IS NULL AND (id = 1)

=== The user's own id
why: what the user sets is not set again
policy: family_plain
undo: no, it is not known to be an id of ours
--- in
UPDATE fam.tags SET deleted_at = now(), deletion_id = '00000000-0000-0000-00ff-000000000001' WHERE id = 1
--- twin
DELETE FROM fam.tags WHERE id = 1
--- out
UPDATE fam.tags SET deleted_at = now(), deletion_id = '00000000-0000-0000-00ff-000000000001' WHERE tags.deleted_at IS NULL AND (id = 1)

=== The user's own id, with consequences
why: the children would have another
policy: pair
--- in
UPDATE makers SET deleted_at = now(), deletion_id = '00000000-0000-0000-00ff-000000000001' WHERE id = 1
--- refused
softdelete: refused UPDATE on makers at character 8: deletion_id tells what was deleted together, and is the driver's to set; leave it out

=== Who and why
why: as with a DELETE
policy: family_actor
scope: actor ann
scope: reason spam
args: 7, '2026-01-02'
--- in
UPDATE fam.users SET deleted_at = $2 WHERE id = $1
--- twin
DELETE FROM fam.users WHERE id = $1 AND $2 <> ''
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.users SET deletion_id = CASE WHEN (SELECT true FROM fam.users AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = users.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_by = $3::text, reason = $4::text, deleted_at = $2 WHERE users.deleted_at IS NULL AND (id = $1) RETURNING users.id, users.deleted_at), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.deleted_at IS NOT NULL), _sd_orders AS (UPDATE fam.orders AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.orders AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN (SELECT max(r.deleted_at) FROM _sd_root AS r) ELSE (SELECT max(r.deleted_at) FROM _sd_root AS r) END, deletion_id = (SELECT id FROM _sd_id), deleted_by = $3::text FROM _sd_taken AS p WHERE c.user_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_items AS (UPDATE fam.items AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_orders AS p WHERE c.order_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_journal AS (INSERT INTO softdelete_deletions (id, part, table_name, actor, reason, rows) SELECT (SELECT id FROM _sd_id), 1, 'fam.users', $3::text, $4::text, jsonb_strip_nulls(jsonb_build_object('fam.users', nullif((SELECT count(*) FROM _sd_taken), 0), 'fam.orders', nullif((SELECT count(*) FROM _sd_orders), 0), 'fam.items', nullif((SELECT count(*) FROM _sd_items), 0))) WHERE EXISTS (SELECT FROM _sd_taken)) SELECT FROM _sd_root

=== Who and why, one of them the user's own
why: what the user sets is not set again
policy: family_signed
scope: actor ann
scope: reason spam
--- in
UPDATE fam.tags SET reason = 'mine', deleted_at = now() WHERE id = 1
--- twin
DELETE FROM fam.tags WHERE id = 1
--- out
UPDATE fam.tags SET deletion_id = (SELECT gen_random_uuid()), deleted_by = $1::text, reason = 'mine', deleted_at = now() WHERE tags.deleted_at IS NULL AND (id = 1)

=== Who and why, the marker NULL
twin: nothing is deleted
policy: family_signed
scope: actor ann
args: NULL
--- in
UPDATE fam.tags SET name = 'n', deleted_at = $1 WHERE id = 1
--- out
UPDATE fam.tags SET name = 'n', deleted_at = $1 WHERE tags.deleted_at IS NULL AND (id = 1)

=== A flag
why: true deletes
policy: family_plain
--- in
UPDATE fam.flags SET is_deleted = true WHERE id = 1
--- twin
DELETE FROM fam.flags WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.flags SET deletion_id = CASE WHEN (SELECT true FROM fam.flags AS _sd_lock WHERE NOT _sd_lock.is_deleted AND _sd_lock.id = flags.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, is_deleted = true WHERE NOT flags.is_deleted AND (id = 1) RETURNING flags.id), _sd_winds AS (UPDATE fam.winds AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.flag_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_poles AS (UPDATE fam.poles AS c SET is_deleted = true, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.flag_id = p.id AND NOT c.is_deleted RETURNING c.id) SELECT FROM _sd_root

=== A flag that is false
twin: that is what live rows have
policy: family_plain
--- in
UPDATE fam.flags SET is_deleted = false, name = 'x' WHERE id = 1
--- out
UPDATE fam.flags SET is_deleted = false, name = 'x' WHERE NOT flags.is_deleted AND (id = 1)

=== A flag, a parameter with true
why: it is judged by its value
policy: family_plain
args: true, 1
--- in
UPDATE fam.flags SET is_deleted = $1 WHERE id = $2
--- twin
DELETE FROM fam.flags WHERE id = $2 AND $1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.flags SET deletion_id = CASE WHEN (SELECT true FROM fam.flags AS _sd_lock WHERE NOT _sd_lock.is_deleted AND _sd_lock.id = flags.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, is_deleted = $1 WHERE NOT flags.is_deleted AND (id = $2) RETURNING flags.id, flags.is_deleted), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.is_deleted), _sd_winds AS (UPDATE fam.winds AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.flag_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_poles AS (UPDATE fam.poles AS c SET is_deleted = true, deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.flag_id = p.id AND NOT c.is_deleted RETURNING c.id) SELECT FROM _sd_root

=== A flag, a parameter with false
twin: as above
policy: family_plain
args: false, 1
--- in
UPDATE fam.flags SET is_deleted = $1, name = 'x' WHERE id = $2
--- out
UPDATE fam.flags SET is_deleted = $1, name = 'x' WHERE NOT flags.is_deleted AND (id = $2)

=== A flag as a string
why: what is not certainly the live value may delete; here it does not
policy: family_plain
args: 'f', 1
--- in
UPDATE fam.flags SET is_deleted = $1, name = 'x' WHERE id = $2
--- out
UPDATE fam.flags SET is_deleted = $1, name = 'x' WHERE NOT flags.is_deleted AND (id = $2)

=== A flag as a literal string
why: the text does not tell what 'off' is to the server
policy: family_plain
--- in
UPDATE fam.flags SET is_deleted = 'off', name = 'x' WHERE id = 1
--- refused
softdelete: refused UPDATE on fam.flags at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== A flag that is NULL
why: neither live nor deleted, as the constraint says
policy: family_plain
error: 23502
args: NULL
--- in
UPDATE fam.flags SET is_deleted = $1 WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.flags SET deletion_id = CASE WHEN (SELECT true FROM fam.flags AS _sd_lock WHERE NOT _sd_lock.is_deleted AND _sd_lock.id = flags.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, is_deleted = $1 WHERE NOT flags.is_deleted AND (id = 1) RETURNING flags.id, flags.is_deleted), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.is_deleted), _sd_winds AS (UPDATE fam.winds AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.flag_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_poles AS (UPDATE fam.poles AS c SET is_deleted = true, deletion_id = (SELECT id FROM _sd_id) FROM _sd_taken AS p WHERE c.flag_id = p.id AND NOT c.is_deleted RETURNING c.id) SELECT FROM _sd_root

=== NOT of a flag
why: it may restore or delete
policy: family_plain
--- in
UPDATE fam.flags SET is_deleted = NOT is_deleted WHERE id = 1
--- refused
softdelete: refused UPDATE on fam.flags at character 8: the marker is set to an expression, which may delete some of the rows and not others; write a constant, the time of now(), or a parameter

=== Seconds
why: whatever is not 0 deletes; the children have the same time
policy: family_plain
--- in
UPDATE fam.visits SET deleted_unix = 1800000000 WHERE id = 1
--- twin
DELETE FROM fam.visits WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.visits SET deleted_unix = 1800000000 WHERE visits.deleted_unix = 0 AND (SELECT true FROM fam.visits AS _sd_lock WHERE _sd_lock.deleted_unix = 0 AND _sd_lock.id = visits.id FOR UPDATE) AND (id = 1) RETURNING visits.id, visits.deleted_unix), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = (SELECT max(r.deleted_unix) FROM _sd_root AS r) FROM _sd_root AS p WHERE c.visit_id = p.id AND c.deleted_unix = 0 RETURNING c.id) SELECT FROM _sd_root

=== Seconds that are 0
twin: that is what live rows have
policy: family_plain
--- in
UPDATE fam.visits SET deleted_unix = 0, page = 'x' WHERE id = 1
--- out
UPDATE fam.visits SET deleted_unix = 0, page = 'x' WHERE visits.deleted_unix = 0 AND (id = 1)

=== Seconds, a parameter
why: it is judged by its value
policy: family_plain
args: 1800000000, 1
--- in
UPDATE fam.visits SET deleted_unix = $1 WHERE id = $2
--- twin
DELETE FROM fam.visits WHERE id = $2 AND $1 > 0
--- out
WITH _sd_root AS (UPDATE fam.visits SET deleted_unix = $1 WHERE visits.deleted_unix = 0 AND (SELECT true FROM fam.visits AS _sd_lock WHERE _sd_lock.deleted_unix = 0 AND _sd_lock.id = visits.id FOR UPDATE) AND (id = $2) RETURNING visits.id, visits.deleted_unix), _sd_taken AS (SELECT r.id FROM _sd_root AS r WHERE r.deleted_unix <> 0), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = (SELECT max(r.deleted_unix) FROM _sd_root AS r) FROM _sd_taken AS p WHERE c.visit_id = p.id AND c.deleted_unix = 0 RETURNING c.id) SELECT FROM _sd_root

=== Seconds, a parameter with 0
twin: as above
policy: family_plain
args: 0, 1
--- in
UPDATE fam.visits SET deleted_unix = $1, page = 'x' WHERE id = $2
--- out
UPDATE fam.visits SET deleted_unix = $1, page = 'x' WHERE visits.deleted_unix = 0 AND (id = $2)

=== Seconds, a parameter with 0 in a string
why: it is not certain to be 0; the rows are judged when it is set
policy: family_plain
args: '0', 1
--- in
UPDATE fam.visits SET deleted_unix = $1, page = 'x' WHERE id = $2
--- out
UPDATE fam.visits SET deleted_unix = $1, page = 'x' WHERE visits.deleted_unix = 0 AND (id = $2)

=== Seconds, a negative number
why: it is not 0
policy: family_plain
--- in
UPDATE fam.visits SET deleted_unix = -1 WHERE id = 1
--- twin
DELETE FROM fam.visits WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.visits SET deleted_unix = -1 WHERE visits.deleted_unix = 0 AND (SELECT true FROM fam.visits AS _sd_lock WHERE _sd_lock.deleted_unix = 0 AND _sd_lock.id = visits.id FOR UPDATE) AND (id = 1) RETURNING visits.id, visits.deleted_unix), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = (SELECT max(r.deleted_unix) FROM _sd_root AS r) FROM _sd_root AS p WHERE c.visit_id = p.id AND c.deleted_unix = 0 RETURNING c.id) SELECT FROM _sd_root

=== A parent and a child with different markers
why: the user's time is no flag, and the children take their own
policy: family_plain
--- in
UPDATE fam.flags SET is_deleted = true WHERE id IN (1, 2)
--- twin
DELETE FROM fam.flags WHERE id IN (1, 2)
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.flags SET deletion_id = CASE WHEN (SELECT true FROM fam.flags AS _sd_lock WHERE NOT _sd_lock.is_deleted AND _sd_lock.id = flags.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, is_deleted = true WHERE NOT flags.is_deleted AND (id IN (1, 2)) RETURNING flags.id), _sd_winds AS (UPDATE fam.winds AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.flag_id = p.id AND c.deleted_at IS NULL RETURNING c.id), _sd_poles AS (UPDATE fam.poles AS c SET is_deleted = true, deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.flag_id = p.id AND NOT c.is_deleted RETURNING c.id) SELECT FROM _sd_root

=== Seconds of now
why: they are never 0
policy: family_plain
--- in
UPDATE fam.visits SET deleted_unix = floor(extract(epoch FROM now()))::bigint WHERE id = 1
--- twin
DELETE FROM fam.visits WHERE id = 1
--- out
WITH _sd_root AS (UPDATE fam.visits SET deleted_unix = floor(extract(epoch FROM now()))::bigint WHERE visits.deleted_unix = 0 AND (SELECT true FROM fam.visits AS _sd_lock WHERE _sd_lock.deleted_unix = 0 AND _sd_lock.id = visits.id FOR UPDATE) AND (id = 1) RETURNING visits.id, visits.deleted_unix), _sd_clicks AS (UPDATE fam.clicks AS c SET deleted_unix = (SELECT max(r.deleted_unix) FROM _sd_root AS r) FROM _sd_root AS p WHERE c.visit_id = p.id AND c.deleted_unix = 0 RETURNING c.id) SELECT FROM _sd_root

=== PREPARE
why: what EXECUTE will set is not known, so that it is an expression
policy: pair
--- in
PREPARE d (timestamptz, int) AS UPDATE makers SET deleted_at = $1 WHERE id = $2
--- refused
softdelete: refused PREPARE on makers: PREPARE of an UPDATE that sets the marker to a parameter, whose value is not seen; write a constant or now(), or let database/sql prepare it

=== PREPARE with now()
twin: that is known
policy: pair
--- in
PREPARE d (int) AS UPDATE makers SET deleted_at = now() WHERE id = $1
--- out
PREPARE d (int) AS WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = $1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== EXECUTE
why: it runs what PREPARE has fixed
policy: pair
--- before
PREPARE d (int) AS UPDATE makers SET deleted_at = now() WHERE id = $1
--- in
EXECUTE d(1)
--- twin
DELETE FROM makers WHERE id = 1
--- same

=== EXPLAIN
why: what is explained is what would be sent
policy: pair
rows: differ, plans do
--- in
EXPLAIN UPDATE makers SET deleted_at = now() WHERE id = 1
--- out
EXPLAIN WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== WHERE CURRENT OF
why: nothing can be added to it
policy: pair
--- before
DECLARE c CURSOR FOR SELECT * FROM makers
--- in
UPDATE makers SET deleted_at = now() WHERE CURRENT OF c
--- refused
softdelete: refused UPDATE on makers at character 8: WHERE CURRENT OF would update the row even after it was deleted; update by primary key

=== Two UPDATEs of markers
why: as two deletes
policy: pair
--- in
WITH a AS (UPDATE models SET deleted_at = now() WHERE id = 4) UPDATE makers SET deleted_at = now() WHERE id = 4
--- twin
WITH a AS (DELETE FROM models WHERE id = 4) DELETE FROM makers WHERE id = 4
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE models SET deletion_id = (SELECT id FROM _sd_id), deleted_at = now() WHERE models.deleted_at IS NULL AND (id = 4) RETURNING models.id, models.deleted_at), a AS (SELECT FROM _sd_root) , _sd_root2 AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 4) RETURNING makers.id, makers.deleted_at), _sd_models2 AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root2 AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root2 AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id) SELECT FROM _sd_root2

=== An UPDATE of the marker and one of the children
why: they would be lost
policy: pair
--- in
WITH a AS (UPDATE makers SET deleted_at = now() WHERE id = 4) UPDATE models SET name = 'x' WHERE id = 4
--- refused
softdelete: refused UPDATE on models at character 70: the same statement deletes from makers, whose foreign keys lead here; send two statements

=== Under WithDeleted
why: of the rows that it sees some are deleted already, and would have another time
policy: pair
scope: with makers
--- in
UPDATE makers SET deleted_at = now() WHERE id = 1
--- refused
softdelete: refused UPDATE on makers at character 8: an UPDATE of the marker under WithDeleted could delete live rows and overwrite the time of deleted ones; delete under the default scope

=== Under WithDeleted of another table
twin: of this one only live rows are seen
policy: pair
scope: with models
--- in
UPDATE makers SET deleted_at = now() WHERE id = 1
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Under OnlyDeleted
why: the rows are deleted already; the time changes, and nothing follows
policy: pair
scope: only makers
--- in
UPDATE makers SET deleted_at = '2026-01-02' WHERE id = 3
--- out
UPDATE makers SET deleted_at = '2026-01-02' WHERE makers.deleted_at IS NOT NULL AND (id = 3)

=== Under HardDelete
why: an UPDATE is no DELETE: it is followed as ever
policy: pair
scope: hard
run: no, the twin has no deleted rows to compare with
--- in
UPDATE makers SET deleted_at = now() WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, deleted_at = now() WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Line comments
why: what is added stands behind SET, and at the end
policy: pair
--- in
UPDATE -- 1
makers -- 2
SET -- 3
deleted_at -- 4
= now() -- 5
WHERE id = 1 -- 6
; -- 7
--- twin
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE -- 1
makers -- 2
SET deletion_id = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, -- 3
deleted_at -- 4
= now() -- 5
WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, makers.deleted_at), _sd_models AS (UPDATE models AS c SET deleted_at = (SELECT max(r.deleted_at) FROM _sd_root AS r), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root -- 6
; -- 7

=== Quoted names
why: names are compared as the server folds them
policy: family_plain
undo: no, it updates too
--- in
UPDATE fam."Clients" AS "c" SET "na""me" = 'x', "gone at" = now() WHERE "Client No" = 1
--- twin
DELETE FROM fam."Clients" WHERE "Client No" = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam."Clients" AS "c" SET "Del Id" = CASE WHEN (SELECT true FROM fam."Clients" AS _sd_lock WHERE _sd_lock."gone at" IS NULL AND _sd_lock."Client No" = c."Client No" FOR UPDATE) THEN (SELECT id FROM _sd_id) ELSE (SELECT id FROM _sd_id) END, "na""me" = 'x', "gone at" = now() WHERE c."gone at" IS NULL AND ("Client No" = 1) RETURNING c."Client No", c."gone at"), "_sd_Client Lines" AS (UPDATE fam."Client Lines" AS c SET "gone at" = (SELECT max(r."gone at") FROM _sd_root AS r), "Del Id" = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c."client's" = p."Client No" AND c."gone at" IS NULL RETURNING c."Line"), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00028:' || encode(convert_to(concat_ws(', ', p."Client No"), 'UTF8'), 'hex') AS message FROM fam."Client Debts" AS c JOIN _sd_root AS p ON c."client's" = p."Client No" WHERE c."gone at" IS NULL) AS v) SELECT FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END
