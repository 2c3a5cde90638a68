# INSERT of references. PostgreSQL's own check finds a deleted row; the text checks again, in RETURNING, where the final values are known. Maker 3 is deleted, 99 is missing.

=== A reference to a live row
why: without RETURNING the check is one, whose rows the driver does not show
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1)
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference to a deleted row
why: had the delete been real, the row would not be there; IS FALSE, and not EXISTS, since a parent that the same statement inserts is not visible
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id) VALUES (20, 3)
--- out
INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference to a missing row
why: that is the constraint's own
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id) VALUES (20, 99)
--- out
INSERT INTO models (id, maker_id) VALUES (20, 99) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference to nothing
why: NULL refers to nothing
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, NULL)
--- out
INSERT INTO models (id, maker_id) VALUES (20, NULL) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== No reference named
why: the column's default counts, so that it is checked all the same
policy: pair
--- in
INSERT INTO models (id) VALUES (20)
--- out
INSERT INTO models (id) VALUES (20) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A table without references
twin: makers refer to nothing
policy: pair
--- in
INSERT INTO makers (id, name) VALUES (20, 'Fiat')
--- same

=== A default that refers to a deleted row
why: RETURNING sees the default: desk 4 is deleted
policy: family
error: 23503
--- in
INSERT INTO fam.drafts (id) VALUES (20)
--- out
INSERT INTO fam.drafts (id) VALUES (20) RETURNING CASE WHEN drafts.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.desks AS _sd_parent WHERE _sd_parent.id = drafts.desk_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00008:' || encode(convert_to(concat_ws(', ', drafts.desk_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A default that refers to a live row
twin: desk 1 is live
policy: family
--- in
INSERT INTO fam.articles (id) VALUES (20)
--- out
INSERT INTO fam.articles (id) VALUES (20) RETURNING CASE WHEN articles.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.desks AS _sd_parent WHERE _sd_parent.id = articles.desk_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00007:' || encode(convert_to(concat_ws(', ', articles.desk_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== DEFAULT VALUES
why: the last word is VALUES
policy: pair
error: 23502
--- in
INSERT INTO models DEFAULT VALUES
--- out
INSERT INTO models DEFAULT VALUES RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Several rows
why: one bad reference is enough
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1), (21, 3), (22, NULL)
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1), (21, 3), (22, NULL) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A deleted row
why: the row is deleted as it comes, and refers to a row that a real delete would have taken along
policy: pair
ours: ok, a deleted row may refer to a deleted one
error: 23503
--- in
INSERT INTO models (id, maker_id, deleted_at) VALUES (20, 3, '2024-02-02')
--- out
INSERT INTO models (id, maker_id, deleted_at) VALUES (20, 3, '2024-02-02') RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== INSERT … SELECT
why: the source is filtered, and what comes is checked
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id) SELECT 20 + g, 2 + g FROM generate_series(0, 1) AS g
--- out
INSERT INTO models (id, maker_id) SELECT 20 + g, 2 + g FROM generate_series(0, 1) AS g RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== INSERT … SELECT of live rows
twin: all is well
policy: pair
--- in
INSERT INTO models (id, maker_id, name) SELECT id + 100, maker_id, name FROM models
--- out
INSERT INTO models (id, maker_id, name) SELECT id + 100, maker_id, name FROM models WHERE models.deleted_at IS NULL RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== INSERT … SELECT in parentheses
why: the check stands behind them
policy: pair
--- in
INSERT INTO models (id, maker_id) (SELECT id + 100, maker_id FROM models ORDER BY id LIMIT 1)
--- out
INSERT INTO models (id, maker_id) (SELECT id + 100, maker_id FROM models WHERE models.deleted_at IS NULL ORDER BY id LIMIT 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== INSERT … TABLE
why: as above
policy: pair
error: 23505
--- in
INSERT INTO models TABLE models
--- out
INSERT INTO models SELECT * FROM models WHERE models.deleted_at IS NULL RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== INSERT … WITH … SELECT
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) WITH m AS (SELECT max(id) AS top FROM models) SELECT top + 1, 1 FROM m
--- out
INSERT INTO models (id, maker_id) WITH m AS (SELECT max(id) AS top FROM models WHERE models.deleted_at IS NULL) SELECT top + 1, 1 FROM m RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== WITH in front
why: as above
policy: pair
error: 23503
--- in
WITH n AS (SELECT 3 AS maker) INSERT INTO models (id, maker_id) SELECT 20, maker FROM n
--- out
WITH n AS (SELECT 3 AS maker) INSERT INTO models (id, maker_id) SELECT 20, maker FROM n RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== OVERRIDING
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) OVERRIDING USER VALUE VALUES (20, 1)
--- out
INSERT INTO models (id, maker_id) OVERRIDING USER VALUE VALUES (20, 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== An alias
why: the check speaks of the alias
policy: pair
--- in
INSERT INTO models AS m (id, maker_id) VALUES (20, 1)
--- out
INSERT INTO models AS m (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN m.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = m.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', m.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A schema
why: the parent follows the child's schema where the policy names none
policy: pair
error: 23503
--- in
INSERT INTO public.models (id, maker_id) VALUES (20, 3)
--- out
INSERT INTO public.models (id, maker_id) VALUES (20, 3) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM public.makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== RETURNING a column
why: the first column that RETURNING names carries the check; both branches are the column, so that its type stays
policy: pair
--- in
INSERT INTO models (id, maker_id, name) VALUES (20, 1, 'x') RETURNING id
--- out
INSERT INTO models (id, maker_id, name) VALUES (20, 1, 'x') RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "id"

=== RETURNING a column, a deleted parent
why: as above
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id, name) VALUES (20, 3, 'x') RETURNING id
--- out
INSERT INTO models (id, maker_id, name) VALUES (20, 3, 'x') RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "id"

=== RETURNING columns and expressions
why: only one of them changes
policy: pair
--- in
INSERT INTO models (id, maker_id, name) VALUES (20, 1, 'x'), (21, 4, 'y') RETURNING id + 1 AS next, models.name, lower(name), maker_id
--- out
INSERT INTO models (id, maker_id, name) VALUES (20, 1, 'x'), (21, 4, 'y') RETURNING id + 1 AS next, CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN models.name ELSE models.name END AS "name", lower(name), maker_id

=== RETURNING a labelled column
why: the label stays
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING id AS "the id", maker_id mine
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "the id", maker_id mine

=== RETURNING a column without AS
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING maker_id mine
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN maker_id ELSE maker_id END mine

=== RETURNING a qualified column
why: its label is the column's name
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING public.models.maker_id, models.id
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN public.models.maker_id ELSE public.models.maker_id END AS "maker_id", models.id

=== RETURNING a quoted column
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING "maker_id", "id"
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN "maker_id" ELSE "maker_id" END AS "maker_id", "id"

=== RETURNING a column in an expression
twin: no column stands alone: the statement goes into a WITH query, as a delete does
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING id + 1, maker_id::text
--- out
WITH _sd_root(_sd_c1, _sd_c2) AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING id + 1, maker_id::text, models.maker_id, models.deleted_at), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT _sd_c1 AS "?column?", _sd_c2 AS "maker_id" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING an expression, a deleted parent
why: as above
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING 1
--- out
WITH _sd_root(_sd_c1) AS (INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING 1, models.maker_id, models.deleted_at), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT _sd_c1 AS "?column?" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING a star
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *
--- out
WITH _sd_root AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING a star, a deleted parent
why: as above
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING *
--- out
WITH _sd_root AS (INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING a star and a column
twin: the column carries the check
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *, id
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *, CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "id"

=== RETURNING a star and an expression
why: no column stands alone
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *, id + 1 AS next
--- out
WITH _sd_root AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *, id + 1 AS next), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT * FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING a star and an expression called like the reference
why: the name would be ambiguous to the check
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *, id + 1 AS maker_id
--- refused
softdelete: refused INSERT on models at character 13: RETURNING * and another column "maker_id"; list the columns of RETURNING by name

=== RETURNING two stars
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *, models.*
--- refused
softdelete: refused INSERT on models at character 13: RETURNING with two stars has two columns of each name; list the columns of RETURNING by name

=== RETURNING a whole row
why: a row is a column of the target's name, and carries the check
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING models
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN models ELSE models END AS "models"

=== RETURNING the fields of a whole row
why: PostgreSQL expands (m).* into columns
policy: pair
--- in
INSERT INTO models AS m (id, maker_id) VALUES (20, 1) RETURNING (m).*
--- refused
softdelete: refused INSERT on models at character 13: RETURNING (…).* hides how many columns it yields; list the columns of RETURNING by name

=== RETURNING a constant
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING 'done', true AS ok
--- out
WITH _sd_root(_sd_c1, _sd_c2) AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING 'done', true AS ok, models.maker_id, models.deleted_at), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT _sd_c1 AS "?column?", _sd_c2 AS "ok" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== RETURNING a sub-select
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING (SELECT name FROM makers WHERE id = maker_id)
--- out
WITH _sd_root(_sd_c1) AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING (SELECT name FROM makers WHERE makers.deleted_at IS NULL AND (id = maker_id)), models.maker_id, models.deleted_at), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v) SELECT _sd_c1 AS "name" FROM _sd_root WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN true ELSE (SELECT message FROM _sd_violation)::int = 0 END

=== In a WITH query
why: the check runs with the INSERT
policy: pair
error: 23503
--- in
WITH i AS (INSERT INTO models (id, maker_id) VALUES (20, 3)) SELECT 1
--- out
WITH i AS (INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END) SELECT 1

=== In a WITH query, RETURNING
why: as above
policy: pair
--- in
WITH i AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING id, maker_id) SELECT maker_id, id FROM i
--- out
WITH i AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "id", maker_id) SELECT maker_id, id FROM i

=== In a WITH query, RETURNING a star
why: a WITH query that nothing reads is not executed, so that the check is a data-modifying one
policy: pair
error: 23503
--- in
WITH i AS (INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING *) SELECT 1
--- out
WITH _sd_root AS (INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v), _sd_check AS (UPDATE makers SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), i AS (SELECT * FROM _sd_root) SELECT 1

=== In a WITH query, RETURNING a star, and read
why: as above
policy: pair
--- in
WITH i (a, b) AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *) SELECT a, b FROM i
--- out
WITH _sd_root AS (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING *), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', x.maker_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE x.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = x.maker_id FOR KEY SHARE) IS FALSE) AS v), _sd_check AS (UPDATE makers SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), i (a, b) AS (SELECT * FROM _sd_root) SELECT a, b FROM i

=== In a WITH query, RETURNING an expression, in a table outside the policy
why: as above
policy: family
error: 23503
--- in
WITH i AS (INSERT INTO fam.bills (id, order_id) VALUES (20, 40) RETURNING order_id + 1) SELECT * FROM i
--- out
WITH _sd_root(_sd_c1) AS (INSERT INTO fam.bills (id, order_id) VALUES (20, 40) RETURNING order_id + 1, bills.order_id), _sd_violation AS MATERIALIZED (SELECT min(v.message) AS message FROM (SELECT 'softdelete:23503:i:00004:' || encode(convert_to(concat_ws(', ', x.order_id), 'UTF8'), 'hex') AS message FROM _sd_root AS x WHERE (SELECT _sd_parent.deleted_at IS NULL FROM fam.orders AS _sd_parent WHERE _sd_parent.id = x.order_id FOR KEY SHARE) IS FALSE) AS v), _sd_check AS (UPDATE fam.orders SET deleted_at = deleted_at WHERE CASE WHEN (SELECT message FROM _sd_violation) IS NULL THEN false ELSE (SELECT message FROM _sd_violation)::int = 0 END), i AS (SELECT _sd_c1 AS "?column?" FROM _sd_root) SELECT * FROM i

=== A parent that the same statement inserts
why: it is not visible to the check, and not deleted
policy: pair
--- in
WITH p AS (INSERT INTO makers (id, name) VALUES (20, 'Fiat') RETURNING id) INSERT INTO models (id, maker_id) SELECT 21, id FROM p
--- out
WITH p AS (INSERT INTO makers (id, name) VALUES (20, 'Fiat') RETURNING id) INSERT INTO models (id, maker_id) SELECT 21, id FROM p RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A parent that the same statement deletes
why: the cascade could not know of the new row
policy: pair
--- in
WITH p AS (DELETE FROM makers WHERE id = 1 RETURNING id) INSERT INTO models (id, maker_id) SELECT 21, id FROM p
--- refused
softdelete: refused INSERT on models at character 70: the same statement deletes from makers, whose foreign keys lead here; send two statements

=== A row that refers to itself
why: it is not visible to the check, and not deleted
policy: family_plain
--- in
INSERT INTO fam.staff (id, boss_id) VALUES (20, 20), (21, 20)
--- out
INSERT INTO fam.staff (id, boss_id) VALUES (20, 20), (21, 20) RETURNING CASE WHEN staff.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.staff AS _sd_parent WHERE _sd_parent.id = staff.boss_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00009:' || encode(convert_to(concat_ws(', ', staff.boss_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A self-reference to a deleted row
why: as any
policy: family_plain
error: 23503
--- in
INSERT INTO fam.staff (id, boss_id) VALUES (20, 7)
--- out
INSERT INTO fam.staff (id, boss_id) VALUES (20, 7) RETURNING CASE WHEN staff.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.staff AS _sd_parent WHERE _sd_parent.id = staff.boss_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00009:' || encode(convert_to(concat_ws(', ', staff.boss_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A composite key
why: every column counts: room 3 of house 1 is deleted
policy: family_plain
error: 23503
--- in
INSERT INTO fam.beds VALUES (20, 1, 3)
--- out
INSERT INTO fam.beds VALUES (20, 1, 3) RETURNING CASE WHEN beds.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.rooms AS _sd_parent WHERE _sd_parent.house = beds.house AND _sd_parent.nr = beds.nr FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00005:' || encode(convert_to(concat_ws(', ', beds.house, beds.nr), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A composite key that is NULL in part
why: it refers to nothing
policy: family_plain
--- in
INSERT INTO fam.beds VALUES (20, 1, NULL), (21, NULL, 3), (22, 2, 1)
--- out
INSERT INTO fam.beds VALUES (20, 1, NULL), (21, NULL, 3), (22, 2, 1) RETURNING CASE WHEN beds.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.rooms AS _sd_parent WHERE _sd_parent.house = beds.house AND _sd_parent.nr = beds.nr FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00005:' || encode(convert_to(concat_ws(', ', beds.house, beds.nr), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A secondary key
why: the reference is by the column that the key names
policy: family_plain
error: 23503
--- in
INSERT INTO fam.towns VALUES (20, 'dd')
--- out
INSERT INTO fam.towns VALUES (20, 'dd') RETURNING CASE WHEN towns.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.countries AS _sd_parent WHERE _sd_parent.code = towns.code FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00007:' || encode(convert_to(concat_ws(', ', towns.code), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Several references
why: each has its own check; the first that fails is told
policy: family
error: 23503
--- in
INSERT INTO fam.mayors (id, town_id, code) VALUES (20, 1, 'dd')
--- out
INSERT INTO fam.mayors (id, town_id, code) VALUES (20, 1, 'dd') RETURNING CASE WHEN mayors.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.towns AS _sd_parent WHERE _sd_parent.id = mayors.town_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00020:' || encode(convert_to(concat_ws(', ', mayors.town_id), 'UTF8'), 'hex'))::int = 0 WHEN mayors.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.countries AS _sd_parent WHERE _sd_parent.code = mayors.code FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00021:' || encode(convert_to(concat_ws(', ', mayors.code), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Several references, all live
why: as above
policy: family
--- in
INSERT INTO fam.mayors (id, town_id, code) VALUES (20, 1, 'fr'), (21, NULL, 'de'), (22, 4, NULL)
--- out
INSERT INTO fam.mayors (id, town_id, code) VALUES (20, 1, 'fr'), (21, NULL, 'de'), (22, 4, NULL) RETURNING CASE WHEN mayors.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.towns AS _sd_parent WHERE _sd_parent.id = mayors.town_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00020:' || encode(convert_to(concat_ws(', ', mayors.town_id), 'UTF8'), 'hex'))::int = 0 WHEN mayors.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.countries AS _sd_parent WHERE _sd_parent.code = mayors.code FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00021:' || encode(convert_to(concat_ws(', ', mayors.code), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A table outside the policy
why: it refers to a table of the policy: order 40 is deleted
policy: family_plain
error: 23503
--- in
INSERT INTO fam.bills VALUES (20, 40)
--- out
INSERT INTO fam.bills VALUES (20, 40) RETURNING CASE WHEN (SELECT _sd_parent.deleted_at IS NULL FROM fam.orders AS _sd_parent WHERE _sd_parent.id = bills.order_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00004:' || encode(convert_to(concat_ws(', ', bills.order_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A table outside the policy, a live parent
why: as above
policy: family_plain
--- in
INSERT INTO fam.bills VALUES (20, 10), (21, NULL)
--- out
INSERT INTO fam.bills VALUES (20, 10), (21, NULL) RETURNING CASE WHEN (SELECT _sd_parent.deleted_at IS NULL FROM fam.orders AS _sd_parent WHERE _sd_parent.id = bills.order_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00004:' || encode(convert_to(concat_ws(', ', bills.order_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A table outside the policy that no foreign key joins
twin: there is nothing to check
policy: family_plain
--- in
INSERT INTO fam.papers VALUES (20, 1)
--- same

=== A reference that may outlive its row
why: a new one must be to a live row
policy: family_plain
error: 23503
--- in
INSERT INTO fam.comments (id, post_id) VALUES (20, 3)
--- out
INSERT INTO fam.comments (id, post_id) VALUES (20, 3) RETURNING CASE WHEN comments.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.posts AS _sd_parent WHERE _sd_parent.id = comments.post_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM fam.comments AS _sd_old WHERE _sd_old.id = comments.id AND _sd_old.post_id = comments.post_id) THEN ('softdelete:23503:i:00025:' || encode(convert_to(concat_ws(', ', comments.post_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== A reference with a twin key, to a deleted row
why: the server checks it, by the twin; the error speaks of the key itself
policy: family_plain
error: 23503
--- in
INSERT INTO fam.books (id, shelf_id) VALUES (20, 3)
--- same

=== A reference with a twin key, to a live row
why: as above
policy: family_plain
--- in
INSERT INTO fam.books (id, shelf_id) VALUES (20, 1)
--- same

=== ON CONFLICT DO NOTHING
why: RETURNING yields what was inserted only
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (1, 1), (20, 1) ON CONFLICT (id) DO NOTHING
--- out
INSERT INTO models (id, maker_id) VALUES (1, 1), (20, 1) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = models.deleted_at WHERE CASE WHEN models.deleted_at IS NULL THEN false ELSE ('softdelete:23505:models:' || models.deleted_at::text)::int = 0 END RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== ON CONFLICT DO NOTHING, a deleted parent
why: the row that would refer to it is not inserted, so that nothing is wrong
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (1, 3) ON CONFLICT (id) DO NOTHING
--- out
INSERT INTO models (id, maker_id) VALUES (1, 3) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET deleted_at = models.deleted_at WHERE CASE WHEN models.deleted_at IS NULL THEN false ELSE ('softdelete:23505:models:' || models.deleted_at::text)::int = 0 END RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== ON CONFLICT DO UPDATE
why: RETURNING yields what was inserted and what was updated
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (1, 4) ON CONFLICT (id) DO UPDATE SET maker_id = excluded.maker_id
--- out
INSERT INTO models (id, maker_id) VALUES (1, 4) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET maker_id = excluded.maker_id WHERE CASE WHEN models.deleted_at IS NULL THEN true ELSE ('softdelete:23505:models:' || models.deleted_at::text)::int = 0 END RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== ON CONFLICT DO UPDATE, a deleted parent
why: as above
policy: pair
error: 23503
--- in
INSERT INTO models (id, maker_id) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET maker_id = 3
--- out
INSERT INTO models (id, maker_id) VALUES (1, 1) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET maker_id = 3 WHERE CASE WHEN models.deleted_at IS NULL THEN true ELSE ('softdelete:23505:models:' || models.deleted_at::text)::int = 0 END RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== ON CONFLICT DO UPDATE … WHERE, not updated
why: a row that is not updated is not yielded
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET maker_id = 3 WHERE models.name = 'none'
--- out
INSERT INTO models (id, maker_id) VALUES (1, 1) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET maker_id = 3 WHERE CASE WHEN models.deleted_at IS NULL THEN (models.name = 'none') ELSE ('softdelete:23505:models:' || models.deleted_at::text)::int = 0 END RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== ON CONFLICT DO UPDATE … RETURNING
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (1, 4) ON CONFLICT (id) DO UPDATE SET maker_id = excluded.maker_id RETURNING id, maker_id
--- out
INSERT INTO models (id, maker_id) VALUES (1, 4) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET maker_id = excluded.maker_id WHERE CASE WHEN models.deleted_at IS NULL THEN true ELSE ('softdelete:23505:models:' || models.deleted_at::text)::int = 0 END RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "id", maker_id

=== ON CONFLICT DO UPDATE, a reference that outlived its row
why: the update leaves the reference as it was
policy: family_plain
--- in
INSERT INTO fam.comments (id, post_id) VALUES (3, 3) ON CONFLICT (id) DO UPDATE SET body = 'new'
--- out
INSERT INTO fam.comments (id, post_id) VALUES (3, 3) ON CONFLICT (id) WHERE deleted_at IS NULL DO UPDATE SET body = 'new' WHERE CASE WHEN comments.deleted_at IS NULL THEN true ELSE ('softdelete:23505:comments:' || comments.deleted_at::text)::int = 0 END RETURNING CASE WHEN comments.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam.posts AS _sd_parent WHERE _sd_parent.id = comments.post_id FOR KEY SHARE) IS FALSE AND NOT EXISTS (SELECT FROM fam.comments AS _sd_old WHERE _sd_old.id = comments.id AND _sd_old.post_id = comments.post_id) THEN ('softdelete:23503:i:00025:' || encode(convert_to(concat_ws(', ', comments.post_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Under WithDeleted of the parent
why: whoever sees the deleted row may not refer to it either
policy: pair
scope: with makers
ours: 23503, on the twin the row is there
--- in
INSERT INTO models (id, maker_id) VALUES (20, 3)
--- out
INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Under HardDelete
why: the scope is of deletes
policy: pair
scope: hard
ours: 23503, on the twin the row is there
--- in
INSERT INTO models (id, maker_id) VALUES (20, 3)
--- out
INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== PREPARE
why: what is prepared holds the check
policy: pair
--- in
PREPARE i (int, int) AS INSERT INTO models (id, maker_id) VALUES ($1, $2)
--- out
PREPARE i (int, int) AS INSERT INTO models (id, maker_id) VALUES ($1, $2) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== EXECUTE
why: it has no rows to show
policy: pair
ours: ok, through Query the check's column shows, see docs/limits.md
--- before
PREPARE i (int, int) AS INSERT INTO models (id, maker_id) VALUES ($1, $2)
--- in
EXECUTE i(20, 1)
--- same

=== EXECUTE, a deleted parent
why: as above
policy: pair
error: 23503
--- before
PREPARE i (int, int) AS INSERT INTO models (id, maker_id) VALUES ($1, $2) RETURNING id
--- in
EXECUTE i(20, 3)
--- same

=== EXPLAIN
why: what is explained is what would be sent
policy: pair
rows: differ, plans do
--- in
EXPLAIN INSERT INTO models (id, maker_id) VALUES (20, 3)
--- out
EXPLAIN INSERT INTO models (id, maker_id) VALUES (20, 3) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== COPY (INSERT … RETURNING) TO
why: the first column carries the check
policy: pair
--- in
COPY (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING id, maker_id) TO STDOUT
--- out
COPY (INSERT INTO models (id, maker_id) VALUES (20, 1) RETURNING CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN id ELSE id END AS "id", maker_id) TO STDOUT

=== COPY FROM
why: there is no place for a check
policy: pair
--- in
COPY models (id, maker_id) FROM STDIN
--- refused
softdelete: refused COPY on models at character 6: COPY FROM cannot check that the rows which models_maker_id_fkey refers to are live; copy into a table without the foreign key, and INSERT … SELECT from it

=== COPY FROM into a table without references
twin: there is nothing to check
policy: pair
run: no, it reads from the client
--- in
COPY makers (id, name) FROM STDIN
--- same

=== COPY FROM into a table outside the policy
why: as for a table of the policy
policy: family_plain
--- in
COPY fam.bills FROM STDIN
--- refused
softdelete: refused COPY at character 6: COPY FROM cannot check that the rows which bills_order_id_fkey refers to are live; copy into a table without the foreign key, and INSERT … SELECT from it

=== COPY FROM with twin keys
twin: the server checks
policy: family_plain
run: no, it reads from the client
--- in
COPY fam.books (id, shelf_id) FROM STDIN
--- same

=== Several statements
why: each has its check
policy: pair
error: 23503
--- in
INSERT INTO makers (id) VALUES (30); INSERT INTO models (id, maker_id) VALUES (20, 30); INSERT INTO models (id, maker_id) VALUES (21, 3)
--- out
INSERT INTO makers (id) VALUES (30); INSERT INTO models (id, maker_id) VALUES (20, 30) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END; INSERT INTO models (id, maker_id) VALUES (21, 3) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END

=== Line comments
why: what is added stands before them
policy: pair
--- in
INSERT -- 1
INTO models -- 2
(id, maker_id) -- 3
VALUES -- 4
(20, 1) -- 5
; -- 6
--- out
INSERT -- 1
INTO models -- 2
(id, maker_id) -- 3
VALUES -- 4
(20, 1) RETURNING CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END -- 5
; -- 6

=== Line comments in RETURNING
why: as above
policy: pair
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1) -- 1
RETURNING -- 2
models -- 3
. -- 4
id -- 5
AS -- 6
x -- 7
, maker_id -- 8
--- out
INSERT INTO models (id, maker_id) VALUES (20, 1) -- 1
RETURNING -- 2
CASE WHEN CASE WHEN models.deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM makers AS _sd_parent WHERE _sd_parent.id = models.maker_id FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00000:' || encode(convert_to(concat_ws(', ', models.maker_id), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN models -- 3
. -- 4
id ELSE models -- 3
. -- 4
id END -- 5
AS -- 6
x -- 7
, maker_id -- 8

=== A WITH query named like the parent
why: the check would read it instead of the table
policy: pair
--- in
WITH makers AS (SELECT 3 AS id) INSERT INTO models (id, maker_id) SELECT 20, id FROM makers
--- refused
softdelete: refused INSERT on models: a WITH query hides the table makers, which the rewritten statement has to read; give the WITH query another name

=== A temporary table named like the parent
why: as above
policy: pair
--- before
CREATE TEMPORARY TABLE makers (id int, deleted_at timestamptz)
--- in
INSERT INTO models (id, maker_id) VALUES (20, 1)
--- refused
softdelete: refused INSERT on models: a temporary table hides the table makers, which the rewritten statement has to read; give the temporary table another name

=== A temporary table named like the child
twin: it has no references
policy: pair
--- before
CREATE TEMPORARY TABLE models (id int, maker_id int)
--- in
INSERT INTO models (id, maker_id) VALUES (20, 3)
--- out
INSERT INTO pg_temp.models (id, maker_id) VALUES (20, 3)

=== An alias like the rewriter's own
why: the check has an alias of its own
policy: pair
--- in
INSERT INTO models AS _sd_parent (id, maker_id) VALUES (20, 3)
--- refused
softdelete: refused INSERT at character 23: names that begin with _sd_ are the rewriter's own here; use another name

=== Odd names
why: the error has the constraint's name
policy: family_plain
error: 23503
--- in
INSERT INTO fam."Client Lines" AS "i""t" VALUES (20, 3) RETURNING "Line"
--- out
INSERT INTO fam."Client Lines" AS "i""t" VALUES (20, 3) RETURNING CASE WHEN CASE WHEN "i""t"."gone at" IS NULL AND (SELECT _sd_parent."gone at" IS NULL FROM fam."Clients" AS _sd_parent WHERE _sd_parent."Client No" = "i""t"."client's" FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00027:' || encode(convert_to(concat_ws(', ', "i""t"."client's"), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN "Line" ELSE "Line" END AS "Line"

=== Names that are keywords
why: as above
policy: family_plain
--- in
INSERT INTO fam."table" ("end", "from") VALUES (20, 1) RETURNING "end", "from"
--- out
INSERT INTO fam."table" ("end", "from") VALUES (20, 1) RETURNING CASE WHEN CASE WHEN "table".deleted_at IS NULL AND (SELECT _sd_parent.deleted_at IS NULL FROM fam."select" AS _sd_parent WHERE _sd_parent."from" = "table"."from" FOR KEY SHARE) IS FALSE THEN ('softdelete:23503:i:00029:' || encode(convert_to(concat_ws(', ', "table"."from"), 'UTF8'), 'hex'))::int = 0 ELSE true END THEN "end" ELSE "end" END AS "end", "from"
