package softdeletetest_test

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/softdeletetest"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// schema has a table of each marker kind, with and without ids; keys of several columns;
// names that need quotes; two tables of one name; one in every schema; a partitioned
// one; and users, whose deletion takes orders and their lines, and unlinks notes.
const schema = `
CREATE SCHEMA billing; CREATE SCHEMA tenant1; CREATE SCHEMA tenant2; CREATE SCHEMA "My Schema";
CREATE TABLE users (id int PRIMARY KEY, updated_at timestamptz, deleted_at timestamptz, deletion_id uuid, deleted_by text, reason text);
CREATE TABLE orders (id uuid PRIMARY KEY, user_id int REFERENCES users, deleted_unix bigint NOT NULL DEFAULT 0, deletion_id uuid);
CREATE TABLE lines (order_id uuid REFERENCES orders, n int, gone boolean NOT NULL DEFAULT false, deletion_id uuid, PRIMARY KEY (order_id, n));
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE stamps (id int PRIMARY KEY, deleted_at timestamp);
CREATE TABLE days (id int PRIMARY KEY, deleted_at date);
CREATE TABLE flags (id int PRIMARY KEY, gone boolean NOT NULL DEFAULT false);
CREATE TABLE seconds (id int PRIMARY KEY, at integer NOT NULL DEFAULT 0);
CREATE TABLE millis (id int PRIMARY KEY, at bigint NOT NULL DEFAULT 0);
CREATE TABLE nanos (id int PRIMARY KEY, at numeric NOT NULL DEFAULT 0);
CREATE TABLE "My Schema"."My.Table" ("The Id" text PRIMARY KEY, "Gone At" timestamptz);
CREATE TABLE billing.invoices (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE invoices (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE tenant1.documents (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE tenant2.documents (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE events (id int, deleted_at timestamptz) PARTITION BY LIST (id);
CREATE TABLE events1 PARTITION OF events FOR VALUES IN (1, 2, 3);
`

func policy() softdelete.Policy {
	return softdelete.Policy{
		Journal: true,
		Tables: []softdelete.Table{
			{Name: "users", DeletionID: "deletion_id", DeletedBy: "deleted_by", Reason: "reason", UpdatedAt: "updated_at"},
			{Name: "orders", Column: "deleted_unix", Marker: softdelete.UnixSeconds, DeletionID: "deletion_id"},
			{Name: "lines", Column: "gone", Marker: softdelete.Flag, DeletionID: "deletion_id", PrimaryKey: []string{"order_id", "n"}},
			{Name: "notes", DeletionID: "deletion_id"},
			{Name: "stamps"},
			{Name: "days"},
			{Name: "flags", Column: "gone", Marker: softdelete.Flag},
			{Name: "seconds", Column: "at", Marker: softdelete.UnixSeconds},
			{Name: "millis", Column: "at", Marker: softdelete.UnixMillis},
			{Name: "nanos", Column: "at", Marker: softdelete.UnixNanos},
			{Name: `"My Schema"."My.Table"`, Column: "Gone At", PrimaryKey: []string{"The Id"}},
			{Name: "billing.invoices"},
			{Name: "invoices"},
			{Name: "*.documents"},
			{Name: "events"},
			{Name: "events1", PartitionOf: "events"},
		},
		ForeignKeys: []softdelete.ForeignKey{
			{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
			{Table: "lines", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
			{Table: "notes", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
		},
	}
}

// open returns a database of schema through the driver, and plain.
func open(t *testing.T) (ours, plain *sql.DB) {
	t.Helper()
	_, ours, plain = openDSN(t)
	return ours, plain
}

func openDSN(t *testing.T) (dsn string, ours, plain *sql.DB) {
	t.Helper()
	dsn = pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	must(t, plain, schema+softdelete.JournalDDL)
	return dsn, openPolicy(t, dsn, policy()), plain
}

func openPolicy(t *testing.T, dsn string, p softdelete.Policy) *sql.DB {
	t.Helper()
	db, err := softdelete.Open(dsn, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func must(t *testing.T, db softdelete.Execer, text string, args ...any) {
	t.Helper()
	mustContext(t, context.Background(), db, text, args...)
}

func mustContext(t *testing.T, ctx context.Context, db softdelete.Execer, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(ctx, text, args...); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
}

// recorder is a test that notes its failures.
type recorder struct {
	errors []string
	fatal  string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// record runs do as a test of its own.
func record(do func(softdeletetest.TB)) *recorder {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(r)
	}()
	<-done
	return r
}

// wantErrors runs an assertion that must fail with such messages, and not end the test.
func wantErrors(t *testing.T, do func(softdeletetest.TB), want ...string) {
	t.Helper()
	r := record(do)
	if r.fatal != "" {
		t.Errorf("the test was ended: %s", r.fatal)
	}
	if len(r.errors) != len(want) {
		t.Fatalf("errors: %q, want %q", r.errors, want)
	}
	for i, w := range want {
		if !strings.Contains(r.errors[i], w) {
			t.Errorf("error: %s\nwant: %s", r.errors[i], w)
		}
	}
}

func wantFatal(t *testing.T, want string, do func(softdeletetest.TB)) {
	t.Helper()
	r := record(do)
	if len(r.errors) > 0 || !strings.Contains(r.fatal, want) {
		t.Errorf("errors %q, ended with %q, want %q", r.errors, r.fatal, want)
	}
}

const anOrder = "6f1f7a3e-0000-4000-8000-000000000001"

// targets is a key of each table, and what makes the row.
var targets = []struct {
	table  string
	key    []any
	insert string
}{
	{"users", []any{7}, "INSERT INTO users (id) VALUES (7)"},
	{"public.users", []any{8}, "INSERT INTO users (id) VALUES (8)"},
	{"orders", []any{anOrder}, "INSERT INTO orders (id) VALUES ('" + anOrder + "')"},
	{"lines", []any{anOrder, 2}, "INSERT INTO orders (id) VALUES ('" + anOrder + "') ON CONFLICT DO NOTHING; INSERT INTO lines VALUES ('" + anOrder + "', 2)"},
	{"stamps", []any{1}, "INSERT INTO stamps VALUES (1)"},
	{"days", []any{1}, "INSERT INTO days VALUES (1)"},
	{"flags", []any{1}, "INSERT INTO flags VALUES (1)"},
	{"seconds", []any{1}, "INSERT INTO seconds VALUES (1)"},
	{"millis", []any{1}, "INSERT INTO millis VALUES (1)"},
	{"nanos", []any{1}, "INSERT INTO nanos VALUES (1)"},
	{`"My Schema"."My.Table"`, []any{"it's"}, `INSERT INTO "My Schema"."My.Table" VALUES ('it''s')`},
	{"billing.invoices", []any{1}, "INSERT INTO billing.invoices VALUES (1)"},
	{"invoices", []any{2}, "INSERT INTO invoices VALUES (2)"},
	{"tenant1.documents", []any{1}, "INSERT INTO tenant1.documents VALUES (1)"},
	{"tenant2.documents", []any{2}, "INSERT INTO tenant2.documents VALUES (2)"},
	{"events", []any{2}, "INSERT INTO events VALUES (2)"},
	{"events1", []any{3}, "INSERT INTO events VALUES (3)"},
}

func TestAssertions(t *testing.T) {
	ours, plain := open(t)
	ctx := t.Context()
	for _, c := range targets {
		t.Run(c.table, func(t *testing.T) {
			deletes := "DELETE FROM " + c.table + " WHERE " + map[bool]string{true: "order_id = '" + anOrder + "' AND n = 2"}[c.table == "lines"]
			switch c.table {
			case "lines":
			case `"My Schema"."My.Table"`:
				deletes += `"The Id" = 'it''s'`
			default:
				deletes += fmt.Sprintf("id = '%v'", c.key[0])
			}
			name := c.table + " (" + strings.Trim(fmt.Sprint(c.key), "[]") + ")"
			if c.table == "lines" {
				name = "lines (" + anOrder + ", 2)"
			}
			check := func(what string, assert func(softdeletetest.TB, softdelete.Execer, string, ...any), want ...string) {
				t.Helper()
				t.Run(what, func(t *testing.T) {
					t.Helper()
					wantErrors(t, func(tb softdeletetest.TB) { assert(tb, ours, c.table, c.key...) }, want...)
				})
			}
			none := " is not %s: there is no such row, neither live nor deleted"
			check("none is gone", softdeletetest.AssertGone)
			check("none is live", softdeletetest.AssertLive, name+fmt.Sprintf(none, "live"))
			check("none is deleted", softdeletetest.AssertDeleted, name+fmt.Sprintf(none, "deleted"))
			check("none restores", softdeletetest.AssertRestores, name+fmt.Sprintf(none, "deleted"))

			must(t, plain, c.insert)
			check("live is live", softdeletetest.AssertLive)
			check("live is deleted", softdeletetest.AssertDeleted, name+" is live, not deleted")
			check("live is gone", softdeletetest.AssertGone, name+" is live, not gone")
			check("live restores", softdeletetest.AssertRestores, name+" is live, not deleted")

			mustContext(t, softdelete.WithActor(ctx, "ann"), ours, deletes)
			check("deleted is deleted", softdeletetest.AssertDeleted)
			check("deleted is live", softdeletetest.AssertLive, name+" is deleted, not live")
			check("deleted is gone", softdeletetest.AssertGone, name+" is deleted, not gone")
			check("deleted restores", softdeletetest.AssertRestores)
			check("restored is live", softdeletetest.AssertLive)
		})
	}
}

func TestMessagesSayWhoAndWhy(t *testing.T) {
	ours, plain := open(t)
	must(t, plain, "INSERT INTO users (id) VALUES (7); INSERT INTO orders VALUES ('"+anOrder+"', 7); INSERT INTO lines VALUES ('"+anOrder+"', 1)")
	ctx := softdelete.WithReason(softdelete.WithActor(t.Context(), "ann"), "left")
	mustContext(t, ctx, ours, "DELETE FROM users WHERE id = 7")
	must(t, plain, "UPDATE users SET deleted_at = '2026-05-04 03:02:01Z'; UPDATE softdelete_deletions SET deleted_at = '2026-05-04 03:02:01Z'")
	wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertLive(tb, ours, "users", 7) },
		`users (7) is deleted, not live: deleted at 2026-05-04 03:02:01+00, by ann, because "left"`)
	// The row of lines has neither a time nor a name; the journal has.
	wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertGone(tb, ours, "lines", anOrder, 1) },
		`lines (`+anOrder+`, 1) is deleted, not gone: deleted at 2026-05-04 03:02:01+00, by ann, because "left"`)
}

func TestAssertRestores(t *testing.T) {
	dsn, ours, plain := openDSN(t)
	must(t, plain, "INSERT INTO users (id) VALUES (7); INSERT INTO orders VALUES ('"+anOrder+"', 7); INSERT INTO lines VALUES ('"+anOrder+"', 1); INSERT INTO notes VALUES (1, 7)")
	must(t, ours, "DELETE FROM users WHERE id = 7")
	softdeletetest.AssertDeleted(t, ours, "lines", anOrder, 1)

	t.Run("undone with its transaction", func(t *testing.T) {
		tx, err := ours.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		softdeletetest.AssertRestores(t, tx, "users", 7)
		softdeletetest.AssertLive(t, tx, "lines", anOrder, 1)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		softdeletetest.AssertDeleted(t, ours, "users", 7)
	})
	t.Run("one of several", func(t *testing.T) {
		tx, err := ours.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertRestores(tb, tx, "users", 7, softdelete.RestoreOne()) },
			"after the restore of users (7) there is left of the same deletion (")
	})
	t.Run("what a restore forbids", func(t *testing.T) {
		must(t, plain, "DELETE FROM lines")
		wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertRestores(tb, ours, "users", 7) },
			"users (7) does not restore: softdelete: refused restore on lines: the journal says that the deletion took more rows")
		must(t, plain, "INSERT INTO lines SELECT id, 1, true, deletion_id FROM orders")
	})
	t.Run("what a trigger keeps from coming back", func(t *testing.T) {
		must(t, plain, `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
			CREATE TRIGGER keep BEFORE UPDATE ON lines FOR EACH ROW EXECUTE FUNCTION keep()`)
		// A journal would have made the restore itself say so.
		p := policy()
		p.Journal, p.ForeignKeys[2].OnDelete = false, softdelete.NoAction // SET NULL needs a journal
		tx, err := openPolicy(t, dsn, p).BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		wantErrors(t, func(tb softdeletetest.TB) { softdeletetest.AssertRestores(tb, tx, "users", 7) }, "1 of public.lines")
	})
	must(t, plain, "DROP TRIGGER keep ON lines")
	conn, err := ours.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	softdeletetest.AssertRestores(t, conn, "users", 7)
	softdeletetest.AssertLive(t, conn, "orders", anOrder)
	var user int
	if err := plain.QueryRow("SELECT user_id FROM notes").Scan(&user); err != nil || user != 7 {
		t.Errorf("the note is about %d, %v; want 7", user, err)
	}
}

func TestQuestionsThatCannotBeAsked(t *testing.T) {
	ours, plain := open(t)
	must(t, plain, "INSERT INTO users (id) VALUES (7)")
	for want, ask := range map[string]func(softdeletetest.TB){
		"db is not a database that package softdelete opened":            func(tb softdeletetest.TB) { softdeletetest.AssertLive(tb, plain, "users", 7) },
		"nobody is not a table of the policy, which has users, orders, ": func(tb softdeletetest.TB) { softdeletetest.AssertLive(tb, ours, "nobody", 7) },
		"other.users is not a table of the policy":                       func(tb softdeletetest.TB) { softdeletetest.AssertGone(tb, ours, "other.users", 7) },
		"a.b.c": func(tb softdeletetest.TB) { softdeletetest.AssertGone(tb, ours, "a.b.c", 7) },
		"the key of lines is (order_id, n), and the number of values given is 1": func(tb softdeletetest.TB) { softdeletetest.AssertGone(tb, ours, "lines", 7) },
		"the key of users is (id), and the number of values given is 0":          func(tb softdeletetest.TB) { softdeletetest.AssertRestores(tb, ours, "users") },
		`relation "documents" does not exist`:                                    func(tb softdeletetest.TB) { softdeletetest.AssertGone(tb, ours, "documents", 7) },
		`invalid input syntax for type integer: "seven"`:                         func(tb softdeletetest.TB) { softdeletetest.AssertGone(tb, ours, "users", "seven") },
		"time does not go back (-1h0m0s)":                                        func(tb softdeletetest.TB) { softdeletetest.NewClock(tb, ours).Advance(-time.Hour) },
	} {
		wantFatal(t, want, ask)
	}
	wantFatal(t, "db is not a database that package softdelete opened", func(tb softdeletetest.TB) { softdeletetest.NewClock(tb, plain).Advance(time.Hour) })
	var left int
	if err := plain.QueryRow("SELECT count(*) FROM users").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d users are left, %v", left, err)
	}
	tx, err := ours.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	wantFatal(t, sql.ErrTxDone.Error(), func(tb softdeletetest.TB) { softdeletetest.AssertLive(tb, tx, "users", 7) })
}

// A policy that discovers has the facts from the database.
func TestDiscoveredTables(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	must(t, plain, "CREATE TABLE pairs (a int, b int, is_deleted boolean NOT NULL DEFAULT false, PRIMARY KEY (b, a)); INSERT INTO pairs VALUES (1, 2)")
	ours := openPolicy(t, dsn, softdelete.Policy{Discover: true})
	must(t, ours, "DELETE FROM pairs WHERE a = 1")
	softdeletetest.AssertDeleted(t, ours, "pairs", 2, 1)
	softdeletetest.AssertGone(t, ours, "pairs", 1, 2)
	// Scopes of the application's context are of no concern.
	softdeletetest.AssertRestores(t, ours, "pairs", 2, 1)
}
