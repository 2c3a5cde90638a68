# Functions that run SQL which they get as text, or read tables that they get by
# name: the rewriter cannot see into them.

=== query_to_xml
why: it runs its argument
policy: small
--- in
SELECT query_to_xml('SELECT * FROM users', true, false, '')
--- refused
softdelete: refused SELECT at character 8: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml of another table
twin: its argument names no table of the policy
policy: small
--- in
SELECT query_to_xml('SELECT id FROM cities ORDER BY 1', true, false, '')
--- same

=== query_to_xml in upper case and quotes
why: the name is searched in any case
policy: small
--- in
SELECT query_to_xml($q$SELECT * FROM "public"."USERS"$q$, true, false, '')
--- refused
softdelete: refused SELECT at character 8: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml with escapes
why: what the escapes mean is not worth the risk
policy: small
--- in
SELECT query_to_xml('SELECT * FROM U&"\0075sers"', true, false, '')
--- refused
softdelete: refused SELECT at character 8: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml with escapes of a string
why: the string is known once it is read
policy: small
--- in
SELECT query_to_xml(E'SELECT * FROM \x75sers', true, false, '')
--- refused
softdelete: refused SELECT at character 8: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml with a computed text
why: it could be any text
policy: small
--- in
SELECT query_to_xml('SELECT * FROM us' || 'ers', true, false, '')
--- refused
softdelete: refused SELECT at character 8: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml with a parameter
why: it could be any text
policy: small
args: 'SELECT 1'
--- in
SELECT query_to_xml($1, true, false, '')
--- refused
softdelete: refused SELECT at character 8: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml by schema
why: the schema does not make it another function
policy: small
--- in
SELECT pg_catalog.query_to_xml('SELECT * FROM users', true, false, '')
--- refused
softdelete: refused SELECT at character 8: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml in FROM
why: wherever it stands
policy: small
--- in
SELECT * FROM query_to_xml('TABLE orders', true, false, '') AS x
--- refused
softdelete: refused SELECT at character 15: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml in an update's RETURNING
why: wherever it stands
policy: small
--- in
UPDATE cities SET name = 'x' RETURNING query_to_xml('TABLE orders', true, false, '')
--- refused
softdelete: refused UPDATE at character 40: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== query_to_xml in a statement that is passed
why: wherever it stands
policy: small
--- in
CREATE INDEX i ON cities ((query_to_xml('TABLE orders', true, false, '')::text))
--- refused
softdelete: refused CREATE INDEX at character 28: query_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== table_to_xml
why: it reads the table that it gets
policy: small
--- in
SELECT table_to_xml('users', true, false, '')
--- refused
softdelete: refused SELECT at character 8: table_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== table_to_xml with a cast
why: the constant beneath the cast counts
policy: small
--- in
SELECT table_to_xml('public.users'::regclass, true, false, '')
--- refused
softdelete: refused SELECT at character 8: table_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== table_to_xml of another table
twin: nothing is hidden in cities
policy: small
--- in
SELECT table_to_xml('cities', true, false, '')
--- same

=== table_to_xml of a number
why: a number can be the oid of any table
policy: small
--- in
SELECT table_to_xml(16403, true, false, '')
--- refused
softdelete: refused SELECT at character 8: table_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== table_to_xml of a number in a string
why: as above
policy: small
--- in
SELECT table_to_xml('16403'::regclass, true, false, '')
--- refused
softdelete: refused SELECT at character 8: table_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== schema_to_xml
why: it reads every table of a schema
policy: small
--- in
SELECT schema_to_xml('s2', true, false, '')
--- refused
softdelete: refused SELECT at character 8: schema_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== database_to_xml
why: it reads every table
policy: small
--- in
SELECT database_to_xml(true, false, '')
--- refused
softdelete: refused SELECT at character 8: database_to_xml runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== ts_stat
why: it runs its argument
policy: small
--- in
SELECT * FROM ts_stat('SELECT to_tsvector(name) FROM users')
--- refused
softdelete: refused SELECT at character 15: ts_stat runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== ts_stat of another table
twin: its argument names no table of the policy
policy: small
--- in
SELECT * FROM ts_stat('SELECT to_tsvector(''simple'', name) FROM cities')
--- same

=== ts_rewrite with a query
why: it runs its argument
policy: small
--- in
SELECT ts_rewrite('a & b'::tsquery, 'SELECT name::tsquery, email::tsquery FROM users')
--- refused
softdelete: refused SELECT at character 8: ts_rewrite runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== ts_rewrite with three arguments
twin: this form takes no query
policy: small
--- in
SELECT ts_rewrite('a & b'::tsquery, 'a'::tsquery, 'users'::tsquery)
--- same

=== crosstab
why: the extension's function runs its argument
policy: small
--- in
SELECT * FROM crosstab('SELECT id, name, age FROM users') AS c (id int, a text, b text)
--- refused
softdelete: refused SELECT at character 15: crosstab runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== dblink
why: the other database can be this one
policy: small
--- in
SELECT * FROM dblink('dbname=shop', 'SELECT id FROM users') AS d (id int)
--- refused
softdelete: refused SELECT at character 15: dblink runs or reads what its arguments name, unseen by the rewriter; write the query itself

=== A function named like none of them
twin: what other functions do is beyond a driver; the doctor looks for them
policy: small
--- in
SELECT add_up(1, 2), lower('SELECT * FROM users')
--- same

=== A column named like one of them
twin: a column is no function
policy: small
--- in
SELECT query_to_xml, dblink.x FROM (SELECT 1 AS query_to_xml) a, (SELECT 2 AS x) dblink
--- same

=== An opaque function called by attribute notation
why: (x).f calls f(x) where no column is named f
--- in
SELECT ('SELECT name::tsvector FROM users'::text).ts_stat
--- refused
softdelete: refused SELECT: ….ts_stat may call the function of that name, unseen by the rewriter; write the query itself; a column of that name needs another name

=== Another attribute
twin: a column's field is no such call
--- in
SELECT (u).name FROM users u
--- out
SELECT (u).name FROM users u WHERE u.deleted_at IS NULL

=== A search_path that names pg_temp
why: with pg_temp last, a temporary table no longer hides the table of its name
--- in
SET search_path = public, pg_temp
--- refused
softdelete: refused SET: a search_path that names pg_temp changes which table a temporary table's name means; leave pg_temp out; it is searched first

=== A search_path without pg_temp
twin: names stay what they are
--- in
SET search_path = public, s2
--- same

=== A block in another language
why: what it builds at run time cannot be seen
--- in
DO LANGUAGE plperl $$ spi_exec_query('DELETE FROM us' . 'ers'); $$
--- refused
softdelete: refused DO at character 4: what a block of plperl does is unknown to the rewriter; send the statements themselves, or use a connection without the driver

=== A block that calls an opaque function
why: the query is text that is built at run time
--- in
DO $$ BEGIN PERFORM query_to_xml('SELECT * FROM us' || 'ers', true, false, ''); END $$
--- refused
softdelete: refused DO at character 4: its body names a soft-deleted table and runs unseen by the rewriter; send the statements themselves, or use a connection without the driver

=== An opaque function called through a function in FROM
why: t is a text there, and t.f calls f(t)
--- in
SELECT t.ts_stat FROM CAST('SELECT name::tsvector FROM users' AS text) AS t
--- refused
softdelete: refused SELECT: ….ts_stat may call the function of that name, unseen by the rewriter; write the query itself; a column of that name needs another name

=== A column of a function in FROM
twin: no function that runs text has that name
--- in
SELECT t.n FROM generate_series(1, 2) AS t(n), users WHERE users.id = t.n
--- out
SELECT t.n FROM generate_series(1, 2) AS t(n), users WHERE users.deleted_at IS NULL AND (users.id = t.n)
