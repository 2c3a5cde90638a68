--: title
-- A comment behind NOT or NULLS was a syntax error to the parser, though not to
-- PostgreSQL: statements were refused.

--: policy
-- tables:
--     - name: t

--: schema
CREATE TABLE t (id int PRIMARY KEY, a int, deleted_at timestamptz);

--: live
INSERT INTO t VALUES (1, 1), (2, NULL);

--: deleted
INSERT INTO t VALUES (3, 3, '2024-01-03');

--: statement rows ordered
SELECT id FROM t WHERE id NOT /* in */ IN (7) ORDER BY a NULLS -- where?
  FIRST
;
