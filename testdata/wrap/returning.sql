# A DELETE that cascades, and what its RETURNING yields. The statement goes into a WITH query; a SELECT stands in its place.

=== No RETURNING
why: the SELECT has no columns, and one row for each row that the user's statement named, so that its tag counts right
policy: pair
--- in
DELETE FROM makers WHERE id = 1
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== No RETURNING, no consequences
twin: nothing refers to the table: one UPDATE, whose rows share an id, for a sub-select is evaluated once
policy: family_plain
--- in
DELETE FROM fam.tags WHERE id = 1
--- out
UPDATE fam.tags SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE tags.deleted_at IS NULL AND (id = 1)

=== No RETURNING, no consequences and no deletion id
twin: as above, and no id to set
policy: family_plain
--- in
DELETE FROM fam.plain WHERE id = 1
--- out
UPDATE fam.plain SET deleted_at = now() WHERE plain.deleted_at IS NULL AND (id = 1)

=== No row
why: nothing is found, and nothing follows
policy: pair
--- in
DELETE FROM makers WHERE id = 99
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 99) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== A deleted row
why: it counts no row
policy: pair
--- in
DELETE FROM makers WHERE id = 3
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 3) RETURNING makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT FROM _sd_root

=== Every row
why: a DELETE without WHERE takes all live rows, and all that hangs on them
policy: family_plain
--- in
DELETE FROM fam.staff
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE fam.staff SET deleted_at = CASE WHEN (SELECT true FROM fam.staff AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = staff.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE staff.deleted_at IS NULL RETURNING staff.id), _sd_cycle AS MATERIALIZED (WITH RECURSIVE _sd_r(t, k1, k2) AS ((SELECT 0, p.id, (SELECT n.boss_id FROM fam.staff AS n WHERE false) FROM _sd_root AS p) UNION SELECT x.* FROM _sd_r CROSS JOIN LATERAL (SELECT 0, c.id, c.boss_id FROM fam.staff AS c WHERE _sd_r.t = 0 AND c.boss_id = _sd_r.k1 AND c.deleted_at IS NULL) AS x(t, k1, k2)) SELECT * FROM _sd_r), _sd_staff AS (UPDATE fam.staff AS c SET deleted_at = CASE WHEN (SELECT true FROM fam.staff AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = c.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM (SELECT k1 AS id, k2 AS boss_id FROM _sd_cycle WHERE t = 0) AS k WHERE c.id = k.id AND c.boss_id IS NOT DISTINCT FROM k.boss_id AND c.deleted_at IS NULL AND NOT EXISTS (SELECT FROM _sd_root AS d WHERE d.id = c.id) RETURNING c.id) SELECT FROM _sd_root

=== RETURNING a column
why: the WITH query renames what the user asked for, since two columns may have one name, and the SELECT names it back
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id" FROM _sd_root

=== RETURNING several columns
why: they keep their order
policy: pair
--- in
DELETE FROM makers WHERE id IN (1, 4, 5) RETURNING name, id, town
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id IN (1, 4, 5)) RETURNING name, id, town, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "name", _sd_c2 AS "id", _sd_c3 AS "town" FROM _sd_root

=== RETURNING a column twice
why: the SELECT yields both under one name, as a DELETE does
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id, id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "id" FROM _sd_root

=== RETURNING qualified columns
why: a column's label is its name, without the qualification
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING makers.id, public.makers.name
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.id, public.makers.name, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "name" FROM _sd_root

=== RETURNING labels
why: AS decides
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id AS "User No", name "select", town AS "say ""hi"""
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id AS "User No", name "select", town AS "say ""hi""", makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "User No", _sd_c2 AS "select", _sd_c3 AS "say ""hi""" FROM _sd_root

=== RETURNING the keys that the rewriter needs too
why: the keys are appended, and are no columns of the result
policy: family_plain
--- in
DELETE FROM fam.countries WHERE id = 5 RETURNING code, id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE fam.countries SET deleted_at = CASE WHEN (SELECT true FROM fam.countries AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = countries.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE countries.deleted_at IS NULL AND (id = 5) RETURNING code, id, countries.id, countries.code), _sd_towns AS (UPDATE fam.towns AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.code = p.code AND c.deleted_at IS NULL RETURNING c.id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:d:00008:' || encode(convert_to(concat_ws(', ', p.code), 'UTF8'), 'hex') AS message FROM fam.mayors AS c JOIN _sd_root AS p ON c.code = p.code WHERE c.deleted_at IS NULL) AS v) SELECT _sd_c1 AS "code", _sd_c2 AS "id" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING an expression
why: an expression without a name is ?column?
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id + 1, id * 2, NOT (id = 1), id IS NULL, id = ANY ('{1,2}'), name || 'x', id BETWEEN 0 AND 9, name LIKE 'A%'
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6, _sd_c7, _sd_c8) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id + 1, id * 2, NOT (id = 1), id IS NULL, id = ANY ('{1,2}'), name || 'x', id BETWEEN 0 AND 9, name LIKE 'A%', makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "?column?", _sd_c2 AS "?column?", _sd_c3 AS "?column?", _sd_c4 AS "?column?", _sd_c5 AS "?column?", _sd_c6 AS "?column?", _sd_c7 AS "?column?", _sd_c8 AS "?column?" FROM _sd_root

=== RETURNING constants
why: they have no names, or that of their type
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING 1, 'x', NULL, 1.5, true, date '2024-01-01', interval '1 day', '5'::int, B'1'
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6, _sd_c7, _sd_c8, _sd_c9) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING 1, 'x', NULL, 1.5, true, date '2024-01-01', interval '1 day', '5'::int, B'1', makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "?column?", _sd_c2 AS "?column?", _sd_c3 AS "?column?", _sd_c4 AS "?column?", _sd_c5 AS "?column?", _sd_c6 AS "date", _sd_c7 AS "interval", _sd_c8 AS "int4", _sd_c9 AS "?column?" FROM _sd_root

=== RETURNING functions
why: a function gives its name
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING lower(name), pg_catalog.upper(name), abs(id), coalesce(name, 'x'), nullif(id, 1), greatest(id, 3), least(id, 3), (public.makers.name)::text, substring(name from 1 for 1), position('n' in name), extract(year from date '2024-01-01'), trim(name), overlay(name placing 'x' from 1), date '2024-01-01' AT TIME ZONE 'UTC', (date '2024-01-01', date '2024-01-02') OVERLAPS (date '2024-01-01', date '2024-01-02')
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6, _sd_c7, _sd_c8, _sd_c9, _sd_c10, _sd_c11, _sd_c12, _sd_c13, _sd_c14, _sd_c15) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING lower(name), pg_catalog.upper(name), abs(id), coalesce(name, 'x'), nullif(id, 1), greatest(id, 3), least(id, 3), (public.makers.name)::text, substring(name from 1 for 1), position('n' in name), extract(year from date '2024-01-01'), trim(name), overlay(name placing 'x' from 1), date '2024-01-01' AT TIME ZONE 'UTC', (date '2024-01-01', date '2024-01-02') OVERLAPS (date '2024-01-01', date '2024-01-02'), makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "lower", _sd_c2 AS "upper", _sd_c3 AS "abs", _sd_c4 AS "coalesce", _sd_c5 AS "nullif", _sd_c6 AS "greatest", _sd_c7 AS "least", _sd_c8 AS "name", _sd_c9 AS "substring", _sd_c10 AS "position", _sd_c11 AS "extract", _sd_c12 AS "btrim", _sd_c13 AS "overlay", _sd_c14 AS "timezone", _sd_c15 AS "overlaps" FROM _sd_root

=== RETURNING casts
why: a cast of a column has the column's name, a cast of a nameless expression that of the type
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id::bigint, (id + 1)::text, cast(id + 1 AS numeric(5, 2)), ((id + 1)::int)::varchar(3), (name COLLATE "C"), (name || 'x') COLLATE "C", '{1}'::int[], (id + 1)::double precision, 'a'::"char", (id + 1)::pg_catalog.int8
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6, _sd_c7, _sd_c8, _sd_c9, _sd_c10) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id::bigint, (id + 1)::text, cast(id + 1 AS numeric(5, 2)), ((id + 1)::int)::varchar(3), (name COLLATE "C"), (name || 'x') COLLATE "C", '{1}'::int[], (id + 1)::double precision, 'a'::"char", (id + 1)::pg_catalog.int8, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "text", _sd_c3 AS "numeric", _sd_c4 AS "varchar", _sd_c5 AS "name", _sd_c6 AS "?column?", _sd_c7 AS "int4", _sd_c8 AS "float8", _sd_c9 AS "char", _sd_c10 AS "int8" FROM _sd_root

=== RETURNING CASE
why: CASE has the name of its ELSE where that has one of its own
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING CASE WHEN id = 1 THEN 'a' ELSE name END, CASE id WHEN 1 THEN 'a' END, CASE WHEN true THEN 1 ELSE 2 END, CASE WHEN true THEN 1 ELSE id::int END, CASE WHEN true THEN '1' ELSE ('2')::text END
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING CASE WHEN id = 1 THEN 'a' ELSE name END, CASE id WHEN 1 THEN 'a' END, CASE WHEN true THEN 1 ELSE 2 END, CASE WHEN true THEN 1 ELSE id::int END, CASE WHEN true THEN '1' ELSE ('2')::text END, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "name", _sd_c2 AS "case", _sd_c3 AS "case", _sd_c4 AS "id", _sd_c5 AS "case" FROM _sd_root

=== RETURNING arrays and rows
why: ARRAY and ROW are names too
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING ARRAY[id, 2], ROW(id, name), (id, name), ARRAY(SELECT 1), (ARRAY[id, 2])[1], (ARRAY[id, 2])[1:2]
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING ARRAY[id, 2], ROW(id, name), (id, name), ARRAY(SELECT 1), (ARRAY[id, 2])[1], (ARRAY[id, 2])[1:2], makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "array", _sd_c2 AS "row", _sd_c3 AS "row", _sd_c4 AS "array", _sd_c5 AS "array", _sd_c6 AS "array" FROM _sd_root

=== RETURNING sub-selects
why: a scalar sub-select has the name of its column, EXISTS its own
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING (SELECT 1), (SELECT 1 AS one), (SELECT max(id) FROM models), EXISTS (SELECT 1), id IN (SELECT 1), (SELECT 2 AS two UNION SELECT 2 AS three), (SELECT name FROM models WHERE id = 1)
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6, _sd_c7) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING (SELECT 1), (SELECT 1 AS one), (SELECT max(id) FROM models WHERE models.deleted_at IS NULL), EXISTS (SELECT 1), id IN (SELECT 1), (SELECT 2 AS two UNION SELECT 2 AS three), (SELECT name FROM models WHERE models.deleted_at IS NULL AND (id = 1)), makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "?column?", _sd_c2 AS "one", _sd_c3 AS "max", _sd_c4 AS "exists", _sd_c5 AS "?column?", _sd_c6 AS "two", _sd_c7 AS "name" FROM _sd_root

=== RETURNING values of the session
why: these are keywords, and functions to the parser
policy: pair
rows: differ, of the two databases and of time
--- in
DELETE FROM makers WHERE id = 1 RETURNING current_date, current_time, current_time(3), current_timestamp, current_timestamp(3), localtime, localtime(3), localtimestamp, localtimestamp(3), current_role, current_user, user, session_user, current_catalog, current_schema, now()
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6, _sd_c7, _sd_c8, _sd_c9, _sd_c10, _sd_c11, _sd_c12, _sd_c13, _sd_c14, _sd_c15, _sd_c16) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING current_date, current_time, current_time(3), current_timestamp, current_timestamp(3), localtime, localtime(3), localtimestamp, localtimestamp(3), current_role, current_user, user, session_user, current_catalog, current_schema, now(), makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "current_date", _sd_c2 AS "current_time", _sd_c3 AS "current_time", _sd_c4 AS "current_timestamp", _sd_c5 AS "current_timestamp", _sd_c6 AS "localtime", _sd_c7 AS "localtime", _sd_c8 AS "localtimestamp", _sd_c9 AS "localtimestamp", _sd_c10 AS "current_role", _sd_c11 AS "current_user", _sd_c12 AS "user", _sd_c13 AS "session_user", _sd_c14 AS "current_catalog", _sd_c15 AS "current_schema", _sd_c16 AS "now" FROM _sd_root

=== RETURNING XML
why: they too have names of their own
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING xmlelement(name foo, name), xmlforest(name AS n), xmlpi(name php), xmlconcat(xml '<a/>'), xmlparse(content 'x'), xmlroot(xml '<a/>', version '1.0'), xmlserialize(content xml '<a/>' as text), xml '<a/>' IS DOCUMENT, xmlexists('/a' passing xml '<a/>')
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6, _sd_c7, _sd_c8, _sd_c9) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING xmlelement(name foo, name), xmlforest(name AS n), xmlpi(name php), xmlconcat(xml '<a/>'), xmlparse(content 'x'), xmlroot(xml '<a/>', version '1.0'), xmlserialize(content xml '<a/>' as text), xml '<a/>' IS DOCUMENT, xmlexists('/a' passing xml '<a/>'), makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "xmlelement", _sd_c2 AS "xmlforest", _sd_c3 AS "xmlpi", _sd_c4 AS "xmlconcat", _sd_c5 AS "xmlparse", _sd_c6 AS "xmlroot", _sd_c7 AS "xmlserialize", _sd_c8 AS "?column?", _sd_c9 AS "xmlexists" FROM _sd_root

=== RETURNING system columns
why: they are columns of the target; tableoid is that of the real table
policy: pair
rows: differ, of two databases
--- in
DELETE FROM makers WHERE id = 1 RETURNING ctid, tableoid, tableoid::regclass
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING ctid, tableoid, tableoid::regclass, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "ctid", _sd_c2 AS "tableoid", _sd_c3 AS "tableoid" FROM _sd_root

=== RETURNING a whole row
why: the row type is the table's
policy: pair
rows: differ, the row holds the new marker
--- in
DELETE FROM makers u WHERE u.id = 1 RETURNING u, (u).name
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2) AS (UPDATE makers u SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = u.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE u.deleted_at IS NULL AND (u.id = 1) RETURNING u, (u).name, u.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "u", _sd_c2 AS "name" FROM _sd_root

=== RETURNING a field of a whole row
twin: a field is a column
policy: pair
--- in
DELETE FROM makers u WHERE u.id = 1 RETURNING (u).name, (u).id AS x, ((u).town)::text
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3) AS (UPDATE makers u SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = u.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE u.deleted_at IS NULL AND (u.id = 1) RETURNING (u).name, (u).id AS x, ((u).town)::text, u.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "name", _sd_c2 AS "x", _sd_c3 AS "town" FROM _sd_root

=== RETURNING a star
why: it yields every column under its own name; only the columns that the delete sets show their new values
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING *
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING *), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING the alias's star
why: as above
policy: pair
--- in
DELETE FROM makers AS u WHERE u.id = 1 RETURNING u.*
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers AS u SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = u.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE u.deleted_at IS NULL AND (u.id = 1) RETURNING u.*), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING the table's star
why: as above
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING makers.*
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING makers.*), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING the qualified table's star
why: as above
policy: pair
--- in
DELETE FROM public.makers WHERE id = 1 RETURNING public.makers.*
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE public.makers SET deleted_at = CASE WHEN (SELECT true FROM public.makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING public.makers.*), _sd_models AS (UPDATE public.models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING a star and expressions
why: the SELECT of * yields them behind the star, as they stand
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING *, id + 1, lower(name) AS small
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING *, id + 1, lower(name) AS small), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING expressions and a star
why: the order is the user's
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING 'gone' AS what, *
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING 'gone' AS what, *), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING a star and a column of the key's name
why: id would be ambiguous to the queries that follow
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING *, name AS id
--- refused
softdelete: refused DELETE on makers at character 13: RETURNING * and another column "id"; list the columns of RETURNING by name

=== RETURNING a star and the key
why: as above
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING *, id
--- refused
softdelete: refused DELETE on makers at character 13: RETURNING * and another column "id"; list the columns of RETURNING by name

=== RETURNING a star and a column that is no key
twin: two columns of the name town hide no key
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING *, town
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING *, town), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING two stars
why: every key would be there twice
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING *, makers.*
--- refused
softdelete: refused DELETE on makers at character 13: RETURNING with two stars has two columns of each name; list the columns of RETURNING by name

=== RETURNING a star of several tables
why: the columns of both would stand side by side, and id be ambiguous
policy: pair
--- in
DELETE FROM makers USING models WHERE models.maker_id = makers.id AND models.id = 1 RETURNING *
--- refused
softdelete: refused DELETE on makers at character 13: RETURNING * of several tables hides which columns are the target's; list the columns of RETURNING by name

=== RETURNING the target's star, with USING
twin: these are the target's columns only
policy: pair
--- in
DELETE FROM makers USING models WHERE models.maker_id = makers.id AND models.id = 1 RETURNING makers.*
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM (models JOIN (SELECT) AS _sd1 ON models.deleted_at IS NULL) WHERE makers.deleted_at IS NULL AND (models.maker_id = makers.id AND models.id = 1) RETURNING makers.*), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT * FROM _sd_root

=== RETURNING the source's star
why: its columns would hide the target's keys
policy: pair
--- in
DELETE FROM makers USING models WHERE models.maker_id = makers.id AND models.id = 1 RETURNING models.*
--- refused
softdelete: refused DELETE on makers at character 13: RETURNING * of several tables hides which columns are the target's; list the columns of RETURNING by name

=== RETURNING columns of target and source
twin: each is named, so that nothing is hidden
policy: pair
--- in
DELETE FROM makers USING models WHERE models.maker_id = makers.id AND models.id = 1 RETURNING makers.id, models.id, makers.name, town
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) FROM (models JOIN (SELECT) AS _sd1 ON models.deleted_at IS NULL) WHERE makers.deleted_at IS NULL AND (models.maker_id = makers.id AND models.id = 1) RETURNING makers.id, models.id, makers.name, town, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "id", _sd_c3 AS "name", _sd_c4 AS "town" FROM _sd_root

=== RETURNING a star without consequences
twin: one UPDATE needs no keys
policy: family_plain
--- in
DELETE FROM fam.tags WHERE id = 1 RETURNING *, id
--- out
UPDATE fam.tags SET deleted_at = now(), deletion_id = (SELECT gen_random_uuid()) WHERE tags.deleted_at IS NULL AND (id = 1) RETURNING *, id

=== RETURNING names that are in use
why: labels of the user's are quoted, always: a keyword of one version is none of another
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id AS "order", name AS "User", town AS größe, id AS "_sd1"
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id AS "order", name AS "User", town AS größe, id AS "_sd1", makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "order", _sd_c2 AS "User", _sd_c3 AS "größe", _sd_c4 AS "_sd1" FROM _sd_root

=== RETURNING a label that is the rewriter's own
why: names that begin with _sd_ stand for what the rewriter makes
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id AS _sd_c1
--- refused
softdelete: refused DELETE at character 49: names that begin with _sd_ are the rewriter's own here; use another name

=== RETURNING with a parameter
why: parameters keep their numbers, and stand where they stood
policy: pair
args: 1, 'x'
--- in
DELETE FROM makers WHERE id = $1 RETURNING id, $2::text, $1 + 1 AS next
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = $1) RETURNING id, $2::text, $1 + 1 AS next, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "text", _sd_c3 AS "next" FROM _sd_root

=== RETURNING the bookkeeping columns
why: they show what the delete has set, as the marker does
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING id, deleted_at, deletion_id
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING id, deleted_at, deletion_id, makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "id", _sd_c2 AS "deleted_at", _sd_c3 AS "deletion_id" FROM _sd_root

=== RETURNING a sub-select that reads a table of the policy
why: it is filtered, and sees the rows as they were
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING (SELECT count(*) FROM models WHERE maker_id = makers.id)
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING (SELECT count(*) FROM models WHERE models.deleted_at IS NULL AND (maker_id = makers.id)), makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "count" FROM _sd_root

=== RETURNING the fields of a whole row
why: PostgreSQL expands (u).* into columns, as it does u.*
policy: pair
--- in
DELETE FROM makers u WHERE u.id = 1 RETURNING u.id AS first, (u).*
--- refused
softdelete: refused DELETE on makers at character 13: RETURNING (…).* hides how many columns it yields; list the columns of RETURNING by name

=== RETURNING sub-selects of odd shapes
why: PostgreSQL gives a sub-select the finished name of its first column, ?column? too, and a cast keeps it
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING (VALUES (1)), (SELECT 1)::int, (SELECT (SELECT 3))::bigint, CASE WHEN true THEN 1 ELSE (SELECT 1) END, (SELECT id)::text, ((SELECT max(id) FROM models))
--- out
WITH _sd_id AS MATERIALIZED (SELECT gen_random_uuid() AS id), _sd_root(_sd_c1, _sd_c2, _sd_c3, _sd_c4, _sd_c5, _sd_c6) AS (UPDATE makers SET deleted_at = CASE WHEN (SELECT true FROM makers AS _sd_lock WHERE _sd_lock.deleted_at IS NULL AND _sd_lock.id = makers.id FOR UPDATE) THEN now() ELSE now() END, deletion_id = (SELECT id FROM _sd_id) WHERE makers.deleted_at IS NULL AND (id = 1) RETURNING (VALUES (1)), (SELECT 1)::int, (SELECT (SELECT 3))::bigint, CASE WHEN true THEN 1 ELSE (SELECT 1) END, (SELECT id)::text, ((SELECT max(id) FROM models WHERE models.deleted_at IS NULL)), makers.id), _sd_models AS (UPDATE models AS c SET deleted_at = now(), deletion_id = (SELECT id FROM _sd_id) FROM _sd_root AS p WHERE c.maker_id = p.id AND c.deleted_at IS NULL RETURNING c.id) SELECT _sd_c1 AS "column1", _sd_c2 AS "?column?", _sd_c3 AS "?column?", _sd_c4 AS "?column?", _sd_c5 AS "id", _sd_c6 AS "max" FROM _sd_root

=== RETURNING a sub-select with a star
why: its name is not in the text
policy: pair
--- in
DELETE FROM makers WHERE id = 1 RETURNING (SELECT * FROM (VALUES (7)) AS v(x))
--- refused
softdelete: refused DELETE on makers at character 13: the text does not tell the name of a column of RETURNING, a sub-select with *; list the columns of RETURNING by name
