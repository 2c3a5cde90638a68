# What PostgreSQL 17 and 18 have and the parser does not: refused by its name.

=== Rows without a source
why: the parser stops there, and what it cannot read it cannot filter
--- in
MERGE INTO users USING orders o ON o.user_id = users.id WHEN NOT MATCHED BY SOURCE THEN DELETE
--- refused
softdelete: refused at character 74: WHEN NOT MATCHED BY is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; write the rest of the MERGE, and an UPDATE or DELETE for the rows without a source, or send it over a connection without the driver

=== MERGE with RETURNING
why: the parser stops there, and what it cannot read it cannot filter
--- in
MERGE INTO users USING orders o ON o.user_id = users.id WHEN MATCHED THEN DELETE RETURNING users.id
--- refused
softdelete: refused at character 82: MERGE … RETURNING is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; leave RETURNING out, and SELECT the rows afterwards, or send it over a connection without the driver

=== MERGE with RETURNING in WITH
why: the parser stops there, and what it cannot read it cannot filter
--- in
WITH m AS (MERGE INTO cities USING users u ON u.id = cities.id WHEN MATCHED THEN DELETE RETURNING merge_action(), u.id) SELECT * FROM m
--- refused
softdelete: refused at character 89: MERGE … RETURNING is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; leave RETURNING out, and SELECT the rows afterwards, or send it over a connection without the driver

=== JSON_TABLE
why: the parser stops there, and what it cannot read it cannot filter
--- in
SELECT u.id, j.n FROM users u, JSON_TABLE('[1]'::jsonb, '$[*]' COLUMNS (n int PATH '$')) AS j
--- refused
softdelete: refused at character 64: JSON_TABLE is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; use jsonb_to_recordset or jsonb_path_query, or send it over a connection without the driver

=== JSON_VALUE with RETURNING
why: the parser stops there, and what it cannot read it cannot filter
--- in
SELECT JSON_VALUE('{}'::jsonb, '$.a' RETURNING int) FROM users
--- refused
softdelete: refused at character 38: a clause of a JSON function is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; use jsonb_path_query or ->>, or send it over a connection without the driver

=== JSON_QUERY with a wrapper
why: the parser stops there, and what it cannot read it cannot filter
--- in
SELECT JSON_QUERY('{}'::jsonb, '$.a' WITH WRAPPER) FROM users
--- refused
softdelete: refused at character 38: a clause of a JSON function is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; use jsonb_path_query or ->>, or send it over a connection without the driver

=== AT LOCAL
why: the parser stops there, and what it cannot read it cannot filter
--- in
SELECT now() AT LOCAL FROM users
--- refused
softdelete: refused at character 17: AT LOCAL is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; write AT TIME ZONE current_setting('TimeZone'), or send it over a connection without the driver

=== Names for the old and the new row
why: the parser stops there, and what it cannot read it cannot filter
--- in
UPDATE users SET name = 'x' RETURNING WITH (OLD AS o, NEW AS n) o.name, n.name
--- refused
softdelete: refused at character 39: RETURNING WITH (OLD AS …, NEW AS …) is syntax of PostgreSQL 18, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; write old.column and new.column, or send it over a connection without the driver

=== A virtual column
why: the parser stops there, and what it cannot read it cannot filter
--- in
ALTER TABLE users ADD twice int GENERATED ALWAYS AS (id * 2) VIRTUAL
--- refused
softdelete: refused at character 62: a virtual generated column is syntax of PostgreSQL 18, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; send it over a connection without the driver

=== Another expression
why: the parser stops there, and what it cannot read it cannot filter
--- in
ALTER TABLE users ALTER COLUMN twice SET EXPRESSION AS (id * 3)
--- refused
softdelete: refused at character 42: SET EXPRESSION is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; send it over a connection without the driver

=== A key over time
why: the parser stops there, and what it cannot read it cannot filter
--- in
ALTER TABLE users ADD UNIQUE (id, valid WITHOUT OVERLAPS)
--- refused
softdelete: refused at character 41: WITHOUT OVERLAPS is syntax of PostgreSQL 18, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; send it over a connection without the driver

=== A foreign key over time
why: the parser stops there, and what it cannot read it cannot filter
--- in
ALTER TABLE orders ADD FOREIGN KEY (user_id, PERIOD valid) REFERENCES users (id, PERIOD valid)
--- refused
softdelete: refused at character 53: PERIOD is syntax of PostgreSQL 18, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; send it over a connection without the driver

=== NOT NULL with a name
why: the parser stops there, and what it cannot read it cannot filter
--- in
ALTER TABLE users ADD CONSTRAINT named NOT NULL name
--- refused
softdelete: refused at character 40: a named NOT NULL constraint is syntax of PostgreSQL 18, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; send it over a connection without the driver

=== A mistake
twin: no version has that
--- in
MERGE INTO users USING orders o ON o.user_id = users.id WHEN NOT MATCHED BUT SOURCE THEN DELETE
--- refused
softdelete: refused at character 74: PostgreSQL's parser (version 16) says: syntax error at or near "BUT"; correct it, or use a connection without the driver if the server is newer

=== Outside the policy
twin: what names no table of the policy goes to the server as it is
needs: 17
--- in
SELECT j.n FROM JSON_TABLE('[1]'::jsonb, '$[*]' COLUMNS (n int PATH '$')) AS j
--- same
