# One statement of each kind that is passed as it is, for it neither reads nor
# deletes rows. "users" stands in them where a table can.

=== ALTER COLLATION
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER COLLATION c REFRESH VERSION
--- same

=== ALTER DATABASE … REFRESH
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER DATABASE shop REFRESH COLLATION VERSION
--- same

=== ALTER DATABASE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER DATABASE shop WITH CONNECTION LIMIT 5
--- same

=== ALTER DEFAULT PRIVILEGES
why: no row is read or deleted through it
--- in
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC
--- same

=== ALTER DOMAIN
why: no row is read or deleted through it
--- in
CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT positive CHECK (VALUE > 0)
--- same

=== ALTER TYPE … ADD VALUE
why: no row is read or deleted through it
--- in
CREATE TYPE mood AS ENUM ('ok'); ALTER TYPE mood ADD VALUE 'sad' BEFORE 'ok'
--- same

=== ALTER EVENT TRIGGER
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER EVENT TRIGGER e DISABLE
--- same

=== ALTER EXTENSION … ADD
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER EXTENSION plpgsql ADD TABLE users
--- same

=== ALTER EXTENSION
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER EXTENSION plpgsql UPDATE
--- same

=== ALTER FOREIGN DATA WRAPPER
why: no row is read or deleted through it
--- in
CREATE FOREIGN DATA WRAPPER w; ALTER FOREIGN DATA WRAPPER w OPTIONS (ADD a 'b')
--- same

=== ALTER SERVER
why: no row is read or deleted through it
--- in
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; ALTER SERVER s VERSION '2'
--- same

=== ALTER FUNCTION
why: no row is read or deleted through it
--- in
ALTER FUNCTION apart(int, int) COST 5
--- same

=== ALTER … DEPENDS ON
why: no row is read or deleted through it
--- in
ALTER FUNCTION apart(int, int) DEPENDS ON EXTENSION plpgsql
--- same

=== ALTER … SET SCHEMA
why: no row is read or deleted through it
--- in
ALTER TABLE notes SET SCHEMA s2; ALTER TABLE s2.notes SET SCHEMA public
--- same

=== ALTER OPERATOR FAMILY
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER OPERATOR FAMILY integer_ops USING btree ADD FUNCTION 4 (int4, int4) btequalimage(oid)
--- same

=== ALTER OPERATOR
why: no row is read or deleted through it
--- in
ALTER OPERATOR <-|-> (int, int) SET (RESTRICT = NONE)
--- same

=== ALTER … OWNER TO
why: no row is read or deleted through it
--- in
ALTER TABLE users OWNER TO CURRENT_USER
--- same

=== ALTER PUBLICATION
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER PUBLICATION p ADD TABLE users
--- same

=== ALTER ROLE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER ROLE app NOLOGIN
--- same

=== ALTER SEQUENCE
why: no row is read or deleted through it
--- in
CREATE SEQUENCE sq; ALTER SEQUENCE sq RESTART WITH 5
--- same

=== ALTER STATISTICS
why: no row is read or deleted through it
--- in
CREATE STATISTICS st ON age, name FROM users; ALTER STATISTICS st SET STATISTICS 10
--- same

=== ALTER SUBSCRIPTION
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER SUBSCRIPTION s DISABLE
--- same

=== ALTER TABLE ALL IN TABLESPACE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default
--- same

=== ALTER TABLESPACE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER TABLESPACE ts SET (seq_page_cost = 2)
--- same

=== ALTER TEXT SEARCH CONFIGURATION
why: no row is read or deleted through it
--- in
CREATE TEXT SEARCH CONFIGURATION ts (COPY = english); ALTER TEXT SEARCH CONFIGURATION ts DROP MAPPING FOR word
--- same

=== ALTER TEXT SEARCH DICTIONARY
why: no row is read or deleted through it
--- in
CREATE TEXT SEARCH DICTIONARY td (TEMPLATE = simple); ALTER TEXT SEARCH DICTIONARY td (ACCEPT = false)
--- same

=== ALTER TYPE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER TYPE point3 SET (SUBSCRIPT = x)
--- same

=== ALTER TYPE … ADD ATTRIBUTE
why: no row is read or deleted through it
--- in
CREATE TYPE pair AS (a int); ALTER TYPE pair ADD ATTRIBUTE b int
--- same

=== ALTER USER MAPPING
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (ADD a 'b')
--- same

=== CHECKPOINT
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
CHECKPOINT
--- same

=== CLOSE
why: no row is read or deleted through it
--- in
DECLARE c CURSOR FOR SELECT 1; CLOSE c
--- same

=== CREATE TYPE … AS
why: no row is read or deleted through it
--- in
CREATE TYPE users_row AS (id int, name text)
--- same

=== SET CONSTRAINTS
why: no row is read or deleted through it
--- in
SET CONSTRAINTS ALL DEFERRED
--- same

=== CREATE ACCESS METHOD
why: no row is read or deleted through it
--- in
CREATE ACCESS METHOD h TYPE TABLE HANDLER heap_tableam_handler
--- same

=== CREATE CAST
why: no row is read or deleted through it
--- in
CREATE CAST (point3 AS text) WITH INOUT
--- same

=== CREATE CONVERSION
why: no row is read or deleted through it
--- in
CREATE CONVERSION k FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1
--- same

=== CREATE DOMAIN
why: no row is read or deleted through it
--- in
CREATE DOMAIN age AS int CHECK (VALUE > 0)
--- same

=== CREATE TYPE … AS ENUM
why: no row is read or deleted through it
--- in
CREATE TYPE mood AS ENUM ('users', 'orders')
--- same

=== CREATE EVENT TRIGGER
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()
--- same

=== CREATE EXTENSION
why: no row is read or deleted through it
--- in
CREATE EXTENSION IF NOT EXISTS plpgsql
--- same

=== CREATE FOREIGN TABLE
why: no row is read or deleted through it
--- in
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE ft (id int) SERVER s
--- same

=== CREATE OPERATOR CLASS
why: no row is read or deleted through it
--- in
CREATE OPERATOR CLASS oc FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)
--- same

=== CREATE OPERATOR FAMILY
why: no row is read or deleted through it
--- in
CREATE OPERATOR FAMILY of USING btree
--- same

=== CREATE LANGUAGE
why: no row is read or deleted through it
--- in
CREATE LANGUAGE other HANDLER plpgsql_call_handler
--- same

=== CREATE PUBLICATION
why: no row is read or deleted through it
--- in
CREATE PUBLICATION p FOR TABLE users WHERE (age > 0), ONLY animals
--- same

=== CREATE TYPE … AS RANGE
why: no row is read or deleted through it
--- in
CREATE TYPE ages AS RANGE (SUBTYPE = int)
--- same

=== CREATE ROLE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
CREATE ROLE app
--- same

=== CREATE SEQUENCE
why: no row is read or deleted through it
--- in
CREATE SEQUENCE users_seq OWNED BY users.id
--- same

=== CREATE SUBSCRIPTION
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p
--- same

=== CREATE TABLESPACE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
CREATE TABLESPACE ts LOCATION '/tmp/ts'
--- same

=== CREATE TRANSFORM
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION f(internal))
--- same

=== CREATE USER MAPPING
why: no row is read or deleted through it
--- in
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR CURRENT_USER SERVER s
--- same

=== CREATE DATABASE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
CREATE DATABASE users
--- same

=== CREATE AGGREGATE
why: no row is read or deleted through it
--- in
CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0'); SELECT total(id) FROM cities
--- same

=== DROP OWNED
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
DROP OWNED BY app
--- same

=== DROP ROLE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
DROP ROLE app
--- same

=== DROP SUBSCRIPTION
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
DROP SUBSCRIPTION s
--- same

=== DROP TABLESPACE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
DROP TABLESPACE ts
--- same

=== DROP USER MAPPING
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER s
--- same

=== DROP DATABASE
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
DROP DATABASE shop
--- same

=== FETCH
why: no row is read or deleted through it
--- in
DECLARE c SCROLL CURSOR FOR VALUES (1), (2), (3); FETCH LAST c; FETCH BACKWARD 1 FROM c; MOVE FIRST IN c
--- same

=== GRANT role
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
GRANT pg_read_all_data TO app
--- same

=== IMPORT FOREIGN SCHEMA
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
IMPORT FOREIGN SCHEMA a LIMIT TO (users) FROM SERVER s INTO public
--- same

=== LISTEN
why: no row is read or deleted through it
--- in
LISTEN users
--- same

=== LOAD
why: no row is read or deleted through it
--- in
LOAD 'plpgsql'
--- same

=== NOTIFY
why: no row is read or deleted through it
--- in
NOTIFY users, 'DELETE FROM users'
--- same

=== REASSIGN OWNED
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
REASSIGN OWNED BY app TO CURRENT_USER
--- same

=== REINDEX
why: no row is read or deleted through it
--- in
REINDEX INDEX users_pkey
--- same

=== ALTER … RENAME
why: no row is read or deleted through it
--- in
ALTER TABLE notes RENAME COLUMN body TO text; ALTER TABLE notes RENAME COLUMN text TO body
--- same

=== SECURITY LABEL
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
SECURITY LABEL ON TABLE users IS 'x'
--- same

=== UNLISTEN
why: no row is read or deleted through it
--- in
UNLISTEN *
--- same

=== VACUUM
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
VACUUM (ANALYZE) users
--- same

=== SHOW
why: no row is read or deleted through it
--- in
SHOW standard_conforming_strings
--- same

=== DEALLOCATE
why: no row is read or deleted through it
--- in
DEALLOCATE ALL
--- same

=== DISCARD
why: no row is read or deleted through it
--- in
DISCARD PLANS
--- same

=== REFRESH MATERIALIZED VIEW
why: no row is read or deleted through it
run: no, it needs objects that the shop lacks, or acts beyond the database
--- in
REFRESH MATERIALIZED VIEW CONCURRENTLY mv
--- same

=== ALTER TABLE … REPLICA IDENTITY
why: no row is read or deleted through it
--- in
ALTER TABLE users REPLICA IDENTITY USING INDEX users_pkey
--- same

=== ALTER TABLE … ATTACH PARTITION
why: no row is read or deleted through it
--- in
CREATE TABLE metrics_2025 (LIKE metrics INCLUDING ALL); ALTER TABLE metrics ATTACH PARTITION metrics_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
--- same

=== ALTER … OWNER TO of a function
why: no row is read or deleted through it
--- in
ALTER FUNCTION apart(int, int) OWNER TO CURRENT_USER
--- same
