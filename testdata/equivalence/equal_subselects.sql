--: title
-- The join form's aliases were numbered through the statement. Two sub-selects that
-- the user wrote alike then were no longer equal to the server, which DISTINCT ON,
-- GROUP BY and ORDER BY ask for: 42P10, 42803.

--: policy
-- tables:
--     - name: t

--: schema
CREATE TABLE t (id int PRIMARY KEY, a int, deleted_at timestamptz);

--: live
INSERT INTO t VALUES (1, 1), (2, 1), (3, NULL);

--: deleted
INSERT INTO t VALUES (4, 9, '2024-01-03'), (5, 5, '2024-01-03');

--: statement rows
SELECT DISTINCT ON ((SELECT max(y.a) FROM t x LEFT JOIN t y ON x.a = y.id)) (SELECT max(y.a) FROM t x LEFT JOIN t y ON x.a = y.id) AS c, t.id FROM t ORDER BY 1, 2
;

--: statement rows
SELECT (SELECT max(y.a) FROM t x LEFT JOIN t y ON x.a = y.id) AS c, count(*) FROM t GROUP BY (SELECT max(y.a) FROM t x LEFT JOIN t y ON x.a = y.id)
;

--: statement rows
SELECT DISTINCT (SELECT max(y.a) FROM t x LEFT JOIN t y ON x.a = y.id) AS c FROM t ORDER BY (SELECT max(y.a) FROM t x LEFT JOIN t y ON x.a = y.id)
;
