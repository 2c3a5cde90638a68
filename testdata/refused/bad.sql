# Bad input: an error that names the place, and nothing is sent.

=== NUL
why: a parser in C stops there: this would have been a DELETE without WHERE
--- in quoted
"DELETE FROM users\x00 WHERE id = 3"
--- refused
softdelete: refused at character 18: NUL byte in statement; correct the text; PostgreSQL would not read it either

=== A character of two bytes
twin: valid UTF-8 is fine wherever it stands
--- in quoted
"SELECT 'Kö\u00e9' FROM cities"
--- same

=== Invalid UTF-8
why: a server refuses it as well, and lexers disagree on it
--- in quoted
"SELECT '\xff' FROM users"
--- refused
softdelete: refused at character 9: invalid byte sequence for encoding "UTF8"; correct the text; PostgreSQL would not read it either

=== Half a character at the end
why: as above
--- in quoted
"SELECT id FROM users -- K\xc3"
--- refused
softdelete: refused at character 26: invalid byte sequence for encoding "UTF8"; correct the text; PostgreSQL would not read it either

=== A syntax error
why: it names a table of the policy, so what it means must be known
--- in
SELEC id FROM users
--- refused
softdelete: refused at character 1: PostgreSQL's parser (version 16) says: syntax error at or near "SELEC"; no statement begins like this; correct it; if it is the name of a prepared statement, send the text instead

=== A syntax error beside the policy
twin: it is lexically certain that no table of the policy is named; the server reports it
error: 42601
--- in
SELECT id FROM FROM cities
--- same

=== No statement begins like this, but a prepared statement may be called so
why: pgx takes a name for the text, and would run what was prepared elsewhere
--- in
get_users
--- refused
softdelete: refused at character 1: PostgreSQL's parser (version 16) says: syntax error at or near "get_users"; no statement begins like this; correct it; if it is the name of a prepared statement, send the text instead

=== Such a name with blanks
why: any text can be one
--- in
get all of them
--- refused
softdelete: refused at character 1: PostgreSQL's parser (version 16) says: syntax error at or near "get"; no statement begins like this; correct it; if it is the name of a prepared statement, send the text instead

=== A syntax error in the second statement
why: the texts stay together, so both are refused
--- in
DELETE FROM users WHERE id = 1; UPDATE users age = 3
--- refused
softdelete: refused at character 50: PostgreSQL's parser (version 16) says: syntax error at or near "="; correct it, or use a connection without the driver if the server is newer

=== Newer syntax beside the policy
twin: the server may be newer than our parser
policy: small
run: no, the server of the tests may know it or not
--- in
SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (x int PATH '$')) AS t
--- same

=== Newer syntax on a table of the policy
why: what the parser cannot read cannot be filtered
--- in
MERGE INTO users u USING cities c ON u.id = c.id WHEN NOT MATCHED BY SOURCE THEN DELETE
--- refused
softdelete: refused at character 67: WHEN NOT MATCHED BY is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; write the rest of the MERGE, and an UPDATE or DELETE for the rows without a source, or send it over a connection without the driver

=== Newer syntax, the table's name in a string
why: a string can be a query
policy: small
--- in
SELECT * FROM JSON_TABLE((SELECT query_to_xml('TABLE users', true, false, '')), '$[*]' COLUMNS (x int PATH '$')) AS t
--- refused
softdelete: refused at character 88: JSON_TABLE is syntax of PostgreSQL 17, and statements that may name a soft-deleted table are read as PostgreSQL 16 has them; use jsonb_to_recordset or jsonb_path_query, or send it over a connection without the driver

=== Newer syntax with TRUNCATE
why: TRUNCATE … CASCADE reaches tables that it does not name
policy: small
--- in
TRUNCATE cities CASCADE NOW
--- refused
softdelete: refused at character 25: PostgreSQL's parser (version 16) says: syntax error at or near "NOW"; correct it, or use a connection without the driver if the server is newer

=== Newer syntax with escapes in a name
why: what a name with escapes means is known to the parser only
policy: small
--- in
SELEC id FROM U&"\0075sers"
--- refused
softdelete: refused at character 1: PostgreSQL's parser (version 16) says: syntax error at or near "SELEC"; no statement begins like this; correct it; if it is the name of a prepared statement, send the text instead

=== Newer syntax and quotes
why: "USERS" could be folded by hand; the search is generous
policy: small
--- in
SELEC id FROM "USERS"
--- refused
softdelete: refused at character 1: PostgreSQL's parser (version 16) says: syntax error at or near "SELEC"; no statement begins like this; correct it; if it is the name of a prepared statement, send the text instead

=== A name that contains a table's name
twin: my_users is another word
policy: small
error: 42601
--- in
SELECT id FROM FROM my_users
--- same

=== A string without an end
why: what follows it could be anything
--- in
SELECT 'DELETE FROM users
--- refused
softdelete: refused at character 8: unterminated quoted string; correct the text; PostgreSQL would not read it either

=== A comment without an end
why: as above
--- in
SELECT 1 /* DELETE FROM users
--- refused
softdelete: refused at character 10: unterminated /* comment; correct the text; PostgreSQL would not read it either

=== A quoted name without an end
why: as above
--- in
SELECT * FROM "users
--- refused
softdelete: refused at character 15: unterminated quoted identifier; correct the text; PostgreSQL would not read it either

=== A dollar-quoted string without an end
why: as above
--- in
SELECT $a$ users $b$
--- refused
softdelete: refused at character 8: unterminated dollar-quoted string; correct the text; PostgreSQL would not read it either

=== A bare name
why: pgx takes it for the name of a prepared statement; it is no SQL
--- in
users
--- refused
softdelete: refused at character 1: PostgreSQL's parser (version 16) says: syntax error at or near "users"; no statement begins like this; correct it; if it is the name of a prepared statement, send the text instead

=== psql's commands
why: they are no SQL
--- in
\d users
--- refused
softdelete: refused at character 1: PostgreSQL's parser (version 16) says: syntax error at or near "\"; no statement begins like this; correct it; if it is the name of a prepared statement, send the text instead

=== A named parameter
why: @id is an operator; pgx.NamedArgs are resolved before a text is read
run: no, the driver resolves it
--- in
DELETE FROM users WHERE id = @id
--- out
UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = @id)

=== A question mark
why: other databases' placeholders are operators here
--- in
SELECT * FROM users WHERE id = ?
--- refused
softdelete: refused at character 33: PostgreSQL's parser (version 16) says: syntax error at end of input; correct it, or use a connection without the driver if the server is newer

=== A column list in DELETE
why: no such statement exists
--- in
DELETE users WHERE id = 1
--- refused
softdelete: refused at character 8: PostgreSQL's parser (version 16) says: syntax error at or near "users"; correct it, or use a connection without the driver if the server is newer

=== A parameter in place of a table
twin: no such statement exists, and it names no table of the policy; the server refuses it
error: 42601
--- in
DELETE FROM $1 WHERE id = 1
--- same

=== TABLESAMPLE behind an alias list
why: no form of ours can carry both
--- in
SELECT u.a FROM users AS u (a) TABLESAMPLE SYSTEM (100)
--- refused
softdelete: refused SELECT on users at character 17: TABLESAMPLE behind an alias with a column list; drop the column list

=== TABLESAMPLE behind an alias list outside the policy
twin: cities need no form
--- in
SELECT c.a FROM cities AS c (a) TABLESAMPLE SYSTEM (100)
--- same
