package doctor_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/doctor"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/internal/sqlsplit"
)

// clean is a schema in which there is nothing to find, though it has something of each
// kind that is looked at.
const clean = `
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text, name text, deleted_at timestamptz, deletion_id uuid);
CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_gone ON users (email, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX ON users (deletion_id) WHERE deletion_id IS NOT NULL;
CREATE INDEX users_purge ON users (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE, total int, deleted_at timestamptz, deletion_id uuid);
CREATE INDEX orders_user ON orders (user_id, total);
CREATE INDEX orders_deletion ON orders (deletion_id, total) WHERE deleted_at IS NOT NULL;
ALTER TABLE users ADD live_id bigint GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN id END) STORED UNIQUE;
ALTER TABLE orders ADD live_user bigint GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN user_id END) STORED CONSTRAINT twin REFERENCES users (live_id);
CREATE TABLE events (id bigserial, at date, user_id bigint REFERENCES users ON DELETE CASCADE, code text, deleted_at timestamptz, deletion_id uuid,
	PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2000-01-01');
CREATE INDEX ON events (user_id);
CREATE INDEX ON events (deletion_id);
CREATE UNIQUE INDEX ON events (code, at) WHERE deleted_at IS NULL;
CREATE TABLE flags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room int, during int4range, is_deleted boolean NOT NULL DEFAULT false,
	EXCLUDE USING gist (during WITH &&) WHERE (NOT is_deleted));
CREATE TABLE ticks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, deleted_at bigint NOT NULL DEFAULT 0);
CREATE TABLE other (id int PRIMARY KEY, email text UNIQUE);
` + softdelete.JournalDDL + `;
CREATE VIEW joined AS SELECT users.id, count(o.id) FROM (users JOIN (SELECT) x ON users.deleted_at IS NULL)
	LEFT JOIN orders o ON o.user_id = users.id AND o.deleted_at IS NULL GROUP BY users.id;
CREATE VIEW by_hand AS SELECT DISTINCT f.id, t.id AS tick FROM flags f JOIN ticks t ON t.id = f.id AND t.deleted_at = 0
	WHERE f.is_deleted = false AND EXISTS (SELECT FROM users u WHERE u.id = f.id AND u.deleted_at IS NULL);
CREATE MATERIALIZED VIEW kept AS SELECT id FROM users WHERE (name = 'a' OR name = 'b') AND deleted_at IS NULL;
CREATE VIEW elsewhere AS SELECT * FROM other;
CREATE VIEW guarded AS SELECT id FROM ticks WHERE deleted_at = 0;
CREATE FUNCTION live_users() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM users u WHERE u.deleted_at IS NULL';
CREATE FUNCTION atomic_users() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM users WHERE deleted_at IS NULL; END;
CREATE FUNCTION adds() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO users (name) VALUES (NEW.id); RETURN NEW; END';
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER instead INSTEAD OF DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE FUNCTION upserts() RETURNS void LANGUAGE sql AS $$INSERT INTO users (email) VALUES ('a') ON CONFLICT (email) WHERE deleted_at IS NULL DO UPDATE SET name = 'b'$$;
CREATE FUNCTION updates(bigint) RETURNS void LANGUAGE sql AS 'UPDATE users AS u SET name = o.total FROM orders o WHERE o.user_id = u.id AND o.deleted_at IS NULL AND u.deleted_at IS NULL AND u.id = $1';
CREATE TRIGGER touched BEFORE UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER gone AFTER UPDATE OF deleted_at ON users FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION nothing();
CREATE TRIGGER gone_really AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER elsewhere AFTER DELETE ON other FOR EACH ROW EXECUTE FUNCTION adds();
CREATE RULE quiet AS ON DELETE TO other DO NOTHING;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_users ON users USING (name <> 'x') WITH CHECK (true);
CREATE PUBLICATION live FOR TABLE flags WHERE (NOT is_deleted);
ALTER TABLE flags REPLICA IDENTITY FULL;
INSERT INTO users (email, deleted_at) VALUES ('a', NULL), ('b', now());
INSERT INTO orders (user_id, deleted_at) VALUES (1, NULL), (1, now()), (2, now());`

func cleanPolicy() softdelete.Policy {
	return softdelete.Policy{
		Journal: true,
		Tables: []softdelete.Table{
			{Name: "users", DeletionID: "deletion_id"},
			{Name: "orders", DeletionID: "deletion_id"},
			{Name: "flags", Column: "is_deleted", Marker: softdelete.Flag},
			{Name: "ticks", Marker: softdelete.UnixSeconds},
			{Name: "events", DeletionID: "deletion_id", PrimaryKey: []string{"id", "at"}},
			{Name: "events_old", DeletionID: "deletion_id", PrimaryKey: []string{"id", "at"}, PartitionOf: "events"},
		},
		ForeignKeys: []softdelete.ForeignKey{
			{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade, Twin: "twin"},
			{Table: "events", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		},
	}
}

// plant is a danger in the clean schema.
type plant struct {
	code, object string
	sql          string
	policy       func(*softdelete.Policy)
	also         []string // other findings that come with it, as code:object
	byHand       bool     // the remedy is a comment
	leaves       []string // other findings after the remedy
}

func onUsers(change func(*softdelete.Table)) func(*softdelete.Policy) {
	return func(p *softdelete.Policy) { change(&p.Tables[0]) }
}

func addTable(tables ...softdelete.Table) func(*softdelete.Policy) {
	return func(p *softdelete.Policy) { p.Tables = append(p.Tables, tables...) }
}

func addArchive(name string) func(*softdelete.Policy) {
	return addTable(softdelete.Table{Name: name, Mode: softdelete.Archive})
}

// {role} is a role made for the plant, {db} the database.
var plants = []plant{
	{code: "SD101", object: "public.all_users", sql: `CREATE VIEW all_users WITH (security_barrier) AS SELECT id, name FROM users WHERE name <> ''`},
	{code: "SD101", object: "public.all_users", sql: `CREATE VIEW all_users AS SELECT id FROM users WITH LOCAL CHECK OPTION; CREATE VIEW above AS SELECT * FROM all_users`},
	{code: "SD101", object: "public.all_users", sql: `CREATE VIEW all_users AS SELECT id FROM users; CREATE MATERIALIZED VIEW above AS SELECT count(*) FROM all_users`},
	{code: "SD101", object: "public.lost", sql: `CREATE VIEW lost AS SELECT u.id, o.total FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL`},
	{code: "SD101", object: "public.unions", sql: `CREATE VIEW unions AS SELECT id FROM users WHERE deleted_at IS NULL UNION SELECT id FROM flags`},
	{code: "SD101", object: "public.either", sql: `CREATE VIEW either AS SELECT count(*) FROM users WHERE deleted_at IS NULL OR name = 'x'`},
	{code: "SD101", object: `"Odd ""S"."select"`, sql: `CREATE SCHEMA "Odd ""S"; CREATE VIEW "Odd ""S"."select" AS SELECT id AS "from", deleted_at AS "A b" FROM users`},
	{code: "SD102", object: "public.names", sql: `CREATE MATERIALIZED VIEW names WITH (fillfactor = 70) AS SELECT id, name FROM users; CREATE UNIQUE INDEX ON names (id); GRANT SELECT ON names TO {role}`},
	{code: "SD103", object: "public.few", sql: `CREATE VIEW few AS SELECT id FROM users WHERE deleted_at IS NULL`},

	{code: "SD111", object: "public.notes.notes_user_id_fkey", sql: `CREATE TABLE notes (user_id bigint REFERENCES users)`, byHand: true},
	{code: "SD111", object: "public.orders.orders_flag_fkey", sql: `ALTER TABLE orders ADD flag bigint REFERENCES flags ON DELETE SET NULL`, byHand: true},
	{code: "SD112", object: "public.notes.notes_user_id_fkey", sql: `CREATE TABLE notes (user_id bigint REFERENCES users ON DELETE CASCADE)`, byHand: true},
	{code: "SD113", object: "public.orders.orders_user_id_fkey", sql: `ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE`},
	{code: "SD114", object: "public.users.users_home_fkey", sql: `ALTER TABLE users ADD home int REFERENCES other ON DELETE CASCADE`, leaves: []string{"SD115:public.users.users_home_fkey"}},
	{code: "SD114", object: "public.users.users_home_fkey", sql: `ALTER TABLE users ADD home int REFERENCES other ON DELETE SET NULL ON UPDATE CASCADE`, leaves: []string{"SD115:public.users.users_home_fkey"}},
	{code: "SD115", object: "public.users.users_home_fkey", sql: `ALTER TABLE users ADD home int REFERENCES other`, byHand: true},

	{code: "SD121", object: "public.users_name_key", sql: `ALTER TABLE users ADD UNIQUE (name)`},
	{code: "SD121", object: "public.users_lower", sql: `CREATE UNIQUE INDEX users_lower ON users (lower(name) text_pattern_ops, email DESC) INCLUDE (id) NULLS NOT DISTINCT WITH (fillfactor = 80) WHERE name <> '' OR email <> ''`},
	{code: "SD121", object: "public.events_code", sql: `CREATE UNIQUE INDEX events_code ON events (lower(code), at)`},
	{code: "SD121", object: `public."Odd idx"`, sql: `CREATE UNIQUE INDEX "Odd idx" ON flags (room)`},
	{code: "SD122", object: "public.codes_pkey", sql: `CREATE TABLE codes (code text PRIMARY KEY, deleted_at timestamptz)`, policy: addTable(softdelete.Table{Name: "codes", PrimaryKey: []string{"code"}}), byHand: true},
	{code: "SD123", object: "public.users_name_deleted_at_key", sql: `ALTER TABLE users ADD UNIQUE (name, deleted_at)`},
	{code: "SD123", object: "public.flags_room", sql: `CREATE UNIQUE INDEX flags_room ON flags (room, is_deleted) WHERE room > 0`},
	{code: "SD124", object: "public.flags.rooms", sql: `ALTER TABLE flags ADD CONSTRAINT rooms EXCLUDE USING gist (int4range(room, room) WITH &&) WHERE (room > 0) DEFERRABLE`},
	{code: "SD124", object: "public.flags.rooms", sql: `ALTER TABLE flags ADD CONSTRAINT rooms EXCLUDE USING gist (int4range(room, room) WITH &&)`},

	{
		code: "SD131", object: "public.part_1", sql: `CREATE TABLE parted (id int, deleted_at timestamptz) PARTITION BY LIST (id); CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1)`,
		policy: addTable(softdelete.Table{Name: "parted"}), byHand: true,
	},
	{code: "SD131", object: "public.old_users", sql: `CREATE TABLE old_users () INHERITS (users); CREATE TABLE older () INHERITS (old_users)`, also: []string{"SD131:public.older"}, byHand: true},
	{
		code: "SD131", object: "public.whole", sql: `CREATE TABLE whole (id int, deleted_at timestamptz); CREATE TABLE child () INHERITS (whole)`,
		policy: addTable(softdelete.Table{Name: "child"}), byHand: true,
	},
	{code: "SD141", object: "public.orders.user_id", sql: `DROP INDEX orders_user; CREATE INDEX ON orders (total, user_id)`},
	{code: "SD142", object: "public.users_deleted_at_idx", sql: `CREATE INDEX ON users (deleted_at)`},
	{code: "SD143", object: "public.orders.deletion_id", sql: `DROP INDEX orders_deletion; CREATE INDEX ON orders (deletion_id) WHERE deleted_at IS NULL; CREATE INDEX ON orders (total, deletion_id)`},
	{code: "SD143", object: "public.events.deletion_id", sql: `DROP INDEX events_deletion_id_idx`},
	{code: "SD151", object: "public.users.named", sql: `ALTER TABLE users ADD CONSTRAINT named CHECK (name <> 'x') NOT VALID`},
	{code: "SD161", object: "public.users.hide", sql: `CREATE POLICY hide ON users FOR SELECT USING (name <> 'x' AND deleted_at IS NULL)`},
	{code: "SD161", object: "public.users.hide", sql: `CREATE POLICY hide ON users USING (deleted_at IS NULL)`},
	{code: "SD161", object: "public.users.hide", sql: `CREATE POLICY hide ON users FOR UPDATE USING (deleted_at IS NULL OR name = 'x')`, byHand: true},
	{code: "SD162", object: `public.users."No delete"`, sql: `CREATE POLICY "No delete" ON users FOR DELETE TO {role} USING (name = 'a')`},

	{code: "SD111", object: "public.papers.papers_up_fkey", sql: softdelete.ArchiveDDL + `CREATE TABLE docs (id int PRIMARY KEY); CREATE TABLE papers (up int REFERENCES docs ON DELETE SET NULL)`, policy: addArchive("docs"), byHand: true},
	{code: "SD171", object: "public.docs.body", sql: softdelete.ArchiveDDL + `CREATE TABLE docs (id int PRIMARY KEY, body json DEFAULT '{}', fine jsonb, deleted_at timestamptz)`, policy: addArchive("docs")},
	{code: "SD171", object: "public.docs.bodies", sql: softdelete.ArchiveDDL + `CREATE DOMAIN body AS json; CREATE TABLE docs (id int PRIMARY KEY, bodies body[])`, policy: addArchive("docs"), byHand: true},
	{code: "SD171", object: "public.docs.at", sql: softdelete.ArchiveDDL + `CREATE TYPE place AS (x int); CREATE TYPE mood AS ENUM ('ok'); CREATE FUNCTION as_json(place) RETURNS json LANGUAGE sql AS $$SELECT '1'::json$$;
		CREATE CAST (place AS json) WITH FUNCTION as_json(place); CREATE TABLE docs (id int PRIMARY KEY, at place, m mood)`, policy: addArchive("docs"), byHand: true},
	{code: "SD172", object: "public.docs_new", sql: softdelete.ArchiveDDL + `CREATE TABLE docs (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE docs_old PARTITION OF docs FOR VALUES FROM (1) TO (9);
		CREATE TRIGGER "Archive_softdelete" AFTER DELETE ON docs FOR EACH STATEMENT EXECUTE FUNCTION nothing(); CREATE TRIGGER "Archive_softdelete" AFTER DELETE ON docs_old FOR EACH STATEMENT EXECUTE FUNCTION nothing();
		CREATE TABLE docs_new PARTITION OF docs DEFAULT`, policy: addArchive("docs"), byHand: true},

	{code: "SD201", object: "public.purge()", sql: `CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS 'DELETE FROM users WHERE name = ''x'''`},
	{code: "SD201", object: "public.purge(bigint)", sql: `CREATE FUNCTION purge(bigint) RETURNS bigint LANGUAGE sql BEGIN ATOMIC DELETE FROM orders WHERE user_id = $1; DELETE FROM flags WHERE id = $1 RETURNING id; END`},
	{code: "SD201", object: "public.purge()", sql: `CREATE PROCEDURE purge() LANGUAGE plpgsql AS 'BEGIN DELETE FROM ONLY public."users" WHERE name = ''x''; END'`, byHand: true},
	{code: "SD201", object: "public.purge()", sql: `CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS 'TRUNCATE users CASCADE'`, byHand: true},
	{code: "SD202", object: "public.names()", sql: `CREATE FUNCTION names() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT name FROM users'`},
	{code: "SD202", object: "public.counted()", sql: `CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM users)`, byHand: true},
	{code: "SD202", object: "public.names()", sql: `CREATE FUNCTION names() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT name FROM Users; END'`, byHand: true},
	{code: "SD203", object: "public.careful()", sql: `CREATE FUNCTION careful() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT name FROM users WHERE deleted_at IS NULL; END'`, byHand: true},
	{code: "SD203", object: "public.does()", sql: `CREATE FUNCTION does() RETURNS void LANGUAGE sql AS 'DO $do$ BEGIN DELETE FROM users; END $do$'`, byHand: true},
	{code: "SD202", object: "public.upsert()", sql: `CREATE FUNCTION upsert() RETURNS void LANGUAGE sql AS $$INSERT INTO users (email) VALUES ('a') ON CONFLICT (live_id) DO UPDATE SET name = 'b'$$`},
	{code: "SD202", object: "public.upsert()", sql: `CREATE FUNCTION upsert() RETURNS void LANGUAGE plpgsql AS $$BEGIN INSERT INTO users (email) VALUES ('a') ON CONFLICT DO NOTHING; END$$`, byHand: true},
	{code: "SD204", object: "public.runs(text)", sql: `CREATE FUNCTION runs(text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE $1; END'`, byHand: true},
	{code: "SD211", object: "public.orders.bye", sql: `CREATE TRIGGER bye BEFORE DELETE ON orders FOR EACH ROW WHEN (OLD.total > 0) EXECUTE FUNCTION nothing('EXECUTE')`},
	{code: "SD211", object: `public.flags."Bye, bye"`, sql: `CREATE CONSTRAINT TRIGGER "Bye, bye" AFTER DELETE ON flags DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nothing()`},
	{code: "SD211", object: "public.orders.bye", sql: `CREATE TRIGGER bye AFTER DELETE ON orders FOR EACH STATEMENT EXECUTE FUNCTION nothing()`},
	{code: "SD211", object: "public.orders.bye", sql: `CREATE TRIGGER bye AFTER DELETE ON orders REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION nothing()`, byHand: true},
	{code: "SD212", object: "public.orders.emptied", sql: `CREATE TRIGGER emptied AFTER TRUNCATE ON orders EXECUTE FUNCTION nothing()`, byHand: true},
	{code: "SD213", object: "public.orders.touch", sql: `CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION nothing()`},
	{code: "SD213", object: "public.orders.touch", sql: `CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.total IS DISTINCT FROM NEW.total) EXECUTE FUNCTION nothing()`},
	{code: "SD213", object: "public.orders.audit", sql: `CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION nothing()`, byHand: true},
	{code: "SD221", object: "public.orders.keep", sql: `CREATE RULE keep AS ON DELETE TO orders DO INSTEAD NOTHING`},
	{code: "SD221", object: "public.other.cascade", sql: `CREATE RULE "cascade" AS ON DELETE TO other DO ALSO DELETE FROM users WHERE id = OLD.id`},
	{code: "SD231", object: "public.ticks in publication all_ticks", sql: `CREATE PUBLICATION all_ticks FOR TABLE ticks WHERE (id > 0)`},
	{code: "SD231", object: "public.orders in publication all_orders", sql: `CREATE PUBLICATION all_orders FOR TABLE orders`, byHand: true},
	{code: "SD231", object: "public.ticks in publication no_updates", sql: `CREATE PUBLICATION no_updates FOR TABLE ticks WITH (publish = 'insert, delete')`},
	{
		code: "SD231", sql: `CREATE SCHEMA apart; ALTER TABLE flags SET SCHEMA apart; CREATE PUBLICATION schemas FOR TABLES IN SCHEMA apart`,
		object: "apart.flags in publication schemas", policy: func(p *softdelete.Policy) { p.Tables[2].Name = "apart.flags" }, byHand: true,
	},

	{code: "SD301", object: "public.events.user_id", sql: `INSERT INTO events (at, user_id) VALUES ('1999-12-31', 2), ('1999-12-31', 2)`},
	{
		code: "SD301", object: "public.events.user_id", sql: `INSERT INTO events (at, user_id) VALUES ('1999-12-31', 2)`, policy: func(p *softdelete.Policy) { p.ForeignKeys[1].OnDelete = softdelete.SetNull },
		also: []string{"SD113:public.events.events_user_id_fkey"}, leaves: []string{"SD113:public.events.events_user_id_fkey"},
	},
	{
		code: "SD301", object: "public.events.user_id", sql: `INSERT INTO events (at, user_id) SELECT '1999-12-31', 2 FROM generate_series(1, 4)`, policy: func(p *softdelete.Policy) { p.ForeignKeys[1].OnDelete = softdelete.Restrict },
		also: []string{"SD113:public.events.events_user_id_fkey"}, leaves: []string{"SD113:public.events.events_user_id_fkey"},
	},
	{
		code: "SD302", object: "public.flags.is_deleted", sql: `ALTER TABLE flags ALTER is_deleted DROP NOT NULL; INSERT INTO flags (is_deleted) VALUES (NULL)`,
		also: []string{"SD512:public.flags.is_deleted"}, leaves: []string{"SD512:public.flags.is_deleted"},
	},

	{code: "SD401", object: "role {role}", sql: `GRANT ALL ON orders, users TO {role}; GRANT DELETE ON other TO {role}`},
	{code: "SD402", object: "role {role}", sql: `GRANT SELECT, DELETE ON users TO {role}; GRANT UPDATE (deleted_at) ON users TO {role}`, also: []string{"SD401:role {role}"}, leaves: []string{"SD401:role {role}"}},
	{code: "SD403", object: "role {role}", sql: `GRANT SELECT (id) ON users TO {role}`},
	{code: "SD411", object: "public.orders", sql: `DELETE FROM orders WHERE id = 1; SELECT pg_stat_force_next_flush()`},

	{code: "SD501", object: "public.usr", policy: addTable(softdelete.Table{Name: "usr"}), byHand: true},
	{code: "SD502", object: "public.bare.deleted_at", sql: `CREATE TABLE bare (id serial PRIMARY KEY)`, policy: addTable(softdelete.Table{Name: "bare"})},
	{code: "SD502", object: `public."Bare"."Gone"`, sql: `CREATE TABLE "Bare" (id serial PRIMARY KEY)`, policy: addTable(softdelete.Table{Name: "Bare", Column: "Gone", Marker: softdelete.UnixMillis})},
	{code: "SD503", object: "public.bare.deleted_at", sql: `CREATE TABLE bare (id serial PRIMARY KEY, deleted_at text)`, policy: addTable(softdelete.Table{Name: "bare"}), byHand: true},
	{code: "SD504", object: "public.users.deleted_by", policy: onUsers(func(t *softdelete.Table) { t.DeletedBy = "deleted_by" })},
	{code: "SD504", object: "public.users.why", sql: `ALTER TABLE users ADD why text NOT NULL DEFAULT ''`, policy: onUsers(func(t *softdelete.Table) { t.Reason = "why" })},
	{code: "SD505", object: "public.users", policy: onUsers(func(t *softdelete.Table) { t.PrimaryKey = []string{"name"} }), byHand: true},
	{code: "SD506", object: "public.part_1", sql: `CREATE TABLE parted (id int, user_id bigint REFERENCES users, deleted_at timestamptz, deletion_id uuid) PARTITION BY LIST (id);
		CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1); CREATE INDEX ON parted (user_id); CREATE INDEX ON parted (deletion_id)`, policy: func(p *softdelete.Policy) {
		p.Tables = append(p.Tables, softdelete.Table{Name: "parted", DeletionID: "deletion_id"}, softdelete.Table{Name: "part_1", DeletionID: "deletion_id"})
		p.ForeignKeys = append(p.ForeignKeys, softdelete.ForeignKey{Table: "parted", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}})
	}, byHand: true},
	{code: "SD507", object: "softdelete_deletions", sql: `DROP TABLE softdelete_deletions, softdelete_links`},
	{code: "SD507", object: "softdelete_deletions", sql: `ALTER TABLE softdelete_deletions DROP actor, ALTER table_name TYPE varchar`, byHand: true},
	{code: "SD508", object: `public.orders."none"`, policy: func(p *softdelete.Policy) {
		p.ForeignKeys = append(p.ForeignKeys, softdelete.ForeignKey{Name: "none", Table: "orders", Columns: []string{"nope"}, RefTable: "flags", RefColumns: []string{"id"}})
	}, byHand: true},
	{
		code: "SD509", object: "policy", sql: `CREATE TABLE base (id serial PRIMARY KEY, deleted_at timestamptz); CREATE TABLE derived () INHERITS (base);
		CREATE TABLE refers (id int REFERENCES base)`, policy: func(p *softdelete.Policy) { *p = softdelete.Policy{Discover: true} },
		also: []string{"SD111:public.refers.refers_id_fkey"}, byHand: true,
	},
	{code: "SD511", object: "public.orders.deleted_at", sql: `ALTER TABLE orders ALTER deleted_at SET DEFAULT now()`},
	{code: "SD511", object: "public.flags.is_deleted", sql: `ALTER TABLE flags ALTER is_deleted SET DEFAULT true`},
	{code: "SD511", object: "public.ticks.deleted_at", sql: `ALTER TABLE ticks ALTER deleted_at SET DEFAULT 1`},
	{code: "SD512", object: "public.ticks.deleted_at", sql: `ALTER TABLE ticks ALTER deleted_at DROP NOT NULL`},
	{code: "SD512", object: "public.flags.is_deleted", sql: `ALTER TABLE flags ALTER is_deleted DROP DEFAULT`},
	{code: "SD513", object: "public.always.deleted_at", sql: `CREATE TABLE always (id serial PRIMARY KEY, deleted_at timestamptz NOT NULL)`, policy: addTable(softdelete.Table{Name: "always"})},
	{
		code: "SD513", object: "public.derived.gone", sql: `CREATE TABLE derived (id serial PRIMARY KEY, x int, gone boolean NOT NULL GENERATED ALWAYS AS (x > 0) STORED)`,
		policy: addTable(softdelete.Table{Name: "derived", Column: "gone", Marker: softdelete.Flag}), leaves: []string{"SD512:public.derived.gone"},
	},
	{code: "SD521", object: "archive.users", sql: `CREATE SCHEMA archive; CREATE TABLE archive.users (id int)`, byHand: true},
	{
		code: "SD521", object: "archive.users", sql: `CREATE SCHEMA archive; CREATE TABLE archive.users (id serial PRIMARY KEY, deleted_at timestamptz)`,
		policy: addTable(softdelete.Table{Name: "archive.users"}), byHand: true,
		also: []string{"SD203:public.updates(bigint)", "SD203:public.upserts()"}, // which write to users
	},
	{
		code: "SD522", object: "role {role} in database {db}", sql: `CREATE SCHEMA "My ""S"; CREATE VIEW "My ""S".users AS SELECT 1; ALTER ROLE {role} IN DATABASE {db} SET search_path = "My ""S", public`,
		also: []string{`SD521:"My ""S".users`}, leaves: []string{`SD521:"My ""S".users`},
	},
	{code: "SD522", object: "database {db}", sql: `CREATE SCHEMA other; CREATE TABLE other.users (id int); ALTER DATABASE {db} SET search_path = other, public`, also: []string{"SD521:other.users"}, leaves: []string{"SD521:other.users"}},
}

func open(t *testing.T) (db *sql.DB, name string) {
	t.Helper()
	db, name, _ = openDSN(t)
	return db, name
}

func openDSN(t *testing.T) (db *sql.DB, name, dsn string) {
	t.Helper()
	dsn = pgtemp.NewDatabase(t)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // what is counted is flushed before it is read
	if err := db.QueryRow("SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return db, name, dsn
}

func run(t *testing.T, db *sql.DB, script string) {
	t.Helper()
	for _, s := range sqlsplit.Split(script) {
		if _, err := db.Exec(s.SQL); err != nil {
			t.Fatalf("%v, in\n%s", err, s.SQL)
		}
	}
}

func role(t *testing.T, db *sql.DB) string {
	t.Helper()
	name := "doctor_" + strings.ToLower(rand.Text())
	run(t, db, "CREATE ROLE "+name)
	t.Cleanup(func() { run(t, db, "DROP OWNED BY "+name+"; DROP ROLE "+name) })
	return name
}

func examine(t *testing.T, db *sql.DB, p softdelete.Policy) *doctor.Report {
	t.Helper()
	report, err := doctor.Examine(context.Background(), db, p, doctor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func names(report *doctor.Report) []string {
	list := []string{}
	for _, f := range report.Findings {
		list = append(list, f.Code+":"+f.Object)
	}
	return list
}

func TestCleanSchema(t *testing.T) {
	db, _ := open(t)
	run(t, db, clean)
	for what, p := range map[string]softdelete.Policy{"the policy": cleanPolicy(), "discovery": {Discover: true}} {
		for _, f := range examine(t, db, p).Findings {
			t.Errorf("under %s: %+v", what, f)
		}
	}
}

// TestPlants plants one danger after another in the clean schema, expects it and no
// other, executes the remedy, and expects it to be gone.
func TestPlants(t *testing.T) {
	for n, p := range plants {
		t.Run(fmt.Sprintf("%s_%d", p.code, n), func(t *testing.T) {
			t.Parallel()
			db, database := open(t)
			r := ""
			if strings.Contains(p.sql, "{role}") {
				r = role(t, db)
			}
			fill := strings.NewReplacer("{role}", r, "{db}", database).Replace
			run(t, db, clean)
			run(t, db, fill(p.sql))
			policy := cleanPolicy()
			if p.policy != nil {
				p.policy(&policy)
			}
			report := examine(t, db, policy)
			found := p.code + ":" + fill(p.object)
			want := []string{found}
			for _, other := range p.also {
				want = append(want, fill(other))
			}
			slices.Sort(want)
			if got := names(report); !slices.Equal(got, want) {
				t.Fatalf("found\n%s\nexpected\n%s\n%+v", strings.Join(got, "\n"), strings.Join(want, "\n"), report.Findings)
			}
			remedy := report.Findings[slices.Index(names(report), found)].Remedy
			if byHand := len(sqlsplit.Split(remedy)) == 0; byHand || p.byHand {
				if byHand != p.byHand || !strings.HasPrefix(remedy, "-- ") {
					t.Errorf("the remedy is\n%s", remedy)
				}
				return
			}
			run(t, db, remedy)
			leaves := []string{}
			for _, other := range p.leaves {
				leaves = append(leaves, fill(other))
			}
			if got := names(examine(t, db, policy)); !slices.Equal(got, leaves) {
				t.Errorf("after the remedy\n%s\nthere are %q, expected %q", remedy, got, leaves)
			}
		})
	}
}

func TestEveryKindIsPlanted(t *testing.T) {
	for _, k := range doctor.Kinds() {
		if !slices.ContainsFunc(plants, func(p plant) bool { return p.code == k.Code }) {
			t.Errorf("%s is not planted", k.Code)
		}
	}
}

// TestHostileNames has names everywhere that must be quoted. All remedies are executed
// one after the other.
func TestHostileNames(t *testing.T) {
	db, _ := open(t)
	r := `"Ro "" -- le ` + rand.Text() + `"`
	run(t, db, "CREATE ROLE "+r)
	t.Cleanup(func() { run(t, db, "DROP OWNED BY "+r+"; DROP ROLE "+r) })
	run(t, db, strings.ReplaceAll(file(t, "testdata/hostile.sql"), "{role}", r))
	policy := softdelete.Policy{
		Tables: []softdelete.Table{
			{Name: `"From.to ""1"""."User $$"`, Column: "Gone; At", PrimaryKey: []string{"I d"}},
			{Name: `"From.to ""1"""."order"`, Column: "is gone", Marker: softdelete.Flag, PrimaryKey: []string{"select", "from"}},
		},
		ForeignKeys: []softdelete.ForeignKey{{
			Name: "f'k", Table: `"From.to ""1"""."order"`, Columns: []string{"User"}, RefTable: `"From.to ""1"""."User $$"`, RefColumns: []string{"I d"}, OnDelete: softdelete.Restrict,
		}},
	}
	report := examine(t, db, policy)
	var codes []string
	for _, f := range report.Findings {
		codes = append(codes, f.Code)
		run(t, db, f.Remedy)
	}
	want := []string{
		"SD101", "SD102", "SD103", "SD113", "SD121", "SD122", "SD124", "SD141", "SD142", "SD151", "SD161", "SD162",
		"SD201", "SD201", "SD202", "SD211", "SD213", "SD221", "SD231", "SD301", "SD302", "SD401", "SD402", "SD511", "SD512",
	}
	if !slices.Equal(codes, want) {
		t.Errorf("found %q\n%s", codes, text(t, report))
	}
	if left := names(examine(t, db, policy)); !slices.Equal(left, []string{`SD122:"From.to ""1""".order_pkey`, `SD201:"From.to ""1""".empties()`}) {
		t.Errorf("after the remedies there are %q", left)
	}
}

// TestNothingThere has no table of the policy.
func TestNothingThere(t *testing.T) {
	db, _ := open(t)
	p := softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "*.orders"}}}
	if got := names(examine(t, db, p)); !slices.Equal(got, []string{`SD501:"*".orders`, "SD501:public.users"}) {
		t.Errorf("%q", got)
	}
}

// TestDiscoveryThatContradicts discovers a cascade that no policy can follow.
func TestDiscoveryThatContradicts(t *testing.T) {
	db, _ := open(t)
	run(t, db, clean+"; CREATE TABLE notes (id serial PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE); CREATE VIEW v AS SELECT DISTINCT id FROM users")
	report := examine(t, db, softdelete.Policy{Discover: true})
	if got := names(report); !slices.Equal(got, []string{"SD101:public.v", "SD141:public.notes.user_id", "SD509:foreign key notes_user_id_fkey of notes"}) {
		t.Errorf("%s", text(t, report))
	}
}

// TestTenants has the same tables in several schemas.
func TestTenants(t *testing.T) {
	db, _ := open(t)
	for _, schema := range []string{"north", `"So uth"`} {
		run(t, db, strings.ReplaceAll(`CREATE SCHEMA {s};
			CREATE TABLE {s}.users (id bigserial PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE {s}.orders (id bigserial PRIMARY KEY, user_id bigint CONSTRAINT k REFERENCES {s}.users, deleted_at timestamptz);
			CREATE TABLE {s}.notes (id bigserial PRIMARY KEY, user_id bigint CONSTRAINT n REFERENCES {s}.users);
			CREATE INDEX ON {s}.orders (user_id);
			CREATE INDEX ON {s}.notes (user_id)`, "{s}", schema))
	}
	p := softdelete.Policy{
		Tables: []softdelete.Table{{Name: "*.users"}, {Name: "*.orders"}},
		ForeignKeys: []softdelete.ForeignKey{
			{Name: "k", Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}},
			{Name: "n", Table: "notes", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}},
		},
	}
	if report := examine(t, db, p); len(report.Findings) > 0 {
		t.Error(text(t, report))
	}
	run(t, db, `DROP INDEX "So uth".notes_user_id_idx; INSERT INTO "So uth".users (deleted_at) VALUES (now()); INSERT INTO "So uth".orders (user_id) VALUES (1);
		INSERT INTO north.users DEFAULT VALUES; INSERT INTO north.orders (user_id) VALUES (1); CREATE VIEW north.v AS SELECT count(*) FROM "So uth".orders`)
	want := []string{"SD101:north.v", `SD141:"So uth".notes.user_id`, `SD301:"So uth".orders.user_id`}
	if report := examine(t, db, p); !slices.Equal(names(report), want) {
		t.Error(text(t, report))
	}
}
