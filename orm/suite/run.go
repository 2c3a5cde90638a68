package suite

import (
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// Schema is the shop's.
//
//go:embed schema.sql
var Schema string

// Library is one of those that the suite is for.
type Library struct {
	// Open makes a shop of a pool, with the library's own soft delete switched off.
	Open func(t *testing.T, db *sql.DB) Shop
	// OpenOwn does with its own soft delete switched on, for all tables that the
	// library lets it be switched on for. nil if the library has none.
	OpenOwn func(t *testing.T, db *sql.DB) Shop
	// Connect opens a database in another way than pgx's ordinary one: with the driver if
	// soft, else without. nil for the ordinary one.
	Connect func(t *testing.T, dsn string, soft bool) *sql.DB
}

func (l Library) connect(isSoft bool) func(*testing.T, string) *sql.DB {
	switch {
	case l.Connect != nil:
		return func(t *testing.T, dsn string) *sql.DB { return l.Connect(t, dsn, isSoft) }
	case isSoft:
		return soft
	}
	return plain
}

// Policy is the shop's. The catalog knows the rest.
func Policy() softdelete.Policy {
	return softdelete.Policy{
		Discover: true,
		Journal:  true,
		Tables: []softdelete.Table{
			{Name: "users", DeletionID: "deletion_id", OnBlocked: softdelete.Phoenix},
			{Name: "profiles", DeletionID: "deletion_id", PrimaryKey: []string{"user_id"}, OnBlocked: softdelete.Phoenix},
			{Name: "order_products", DeletionID: "deletion_id", PrimaryKey: []string{"order_id", "product_id"}, OnBlocked: softdelete.Phoenix},
		},
	}
}

// Run runs the suite.
func Run(t *testing.T, l Library) {
	want := opened{Reference, newHardShop(t)}.day(t, plain)
	theirs := opened{l.Open, newHardShop(t)}
	hard := theirs.day(t, l.connect(false))
	compare(t, "the library over pgx, compared with SQL over pgx", want, hard, true)

	check := func(t *testing.T, open func(*testing.T, *sql.DB) Shop) {
		ours := opened{open, newShop(t)}
		compare(t, "soft deletes, compared with real ones", hard, ours.day(t, l.connect(true)), false)
		sameLife(t, theirs.dsn, ours.dsn)
	}
	t.Run("Day", func(t *testing.T) { check(t, l.Open) })
	t.Run("Scopes", func(t *testing.T) { scopes(t, l.connect(true), l.Open) })
	if l.OpenOwn != nil {
		t.Run("OwnSoftDelete/Day", func(t *testing.T) { check(t, l.OpenOwn) })
		t.Run("OwnSoftDelete/Scopes", func(t *testing.T) { scopes(t, l.connect(true), l.OpenOwn) })
	}
}

// opened is a database, and how a library reaches it.
type opened struct {
	open func(*testing.T, *sql.DB) Shop
	dsn  string
}

func plain(t *testing.T, dsn string) *sql.DB { return pool(t)(sql.Open("pgx", dsn)) }

func soft(t *testing.T, dsn string) *sql.DB { return pool(t)(softdelete.Open(dsn, Policy())) }

func pool(t *testing.T) func(*sql.DB, error) *sql.DB {
	return func(db *sql.DB, err error) *sql.DB {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
}

// NewShop makes a database for soft deletes, for tests that open it themselves, or by
// [OpenPlain] over pgx and by [OpenSoft] over the driver.
func NewShop(t *testing.T) (dsn string) {
	t.Helper()
	return newShop(t)
}

func OpenPlain(t *testing.T, dsn string) *sql.DB { return plain(t, dsn) }

func OpenSoft(t *testing.T, dsn string) *sql.DB { return soft(t, dsn) }

func newShop(t *testing.T) (dsn string) {
	t.Helper()
	dsn = pgtemp.NewDatabase(t)
	mustExec(t, plain(t, dsn), Schema+softdelete.JournalDDL+softdelete.ArchiveDDL)
	return dsn
}

// newHardShop makes one for real deletes, which keeps what they take: with the unique indexes
// that it would have without the markers.
func newHardShop(t *testing.T) (dsn string) {
	t.Helper()
	dsn = pgtemp.NewDatabase(t)
	mustExec(t, plain(t, dsn), strings.ReplaceAll(Schema, " WHERE deleted_at IS NULL", "")+keepGone)
	return dsn
}

// keepGone makes a table of what real deletes take.
const keepGone = `
CREATE TABLE gone (from_table text NOT NULL, data jsonb NOT NULL);
CREATE FUNCTION keep_gone() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN INSERT INTO gone VALUES (TG_TABLE_NAME, to_jsonb(OLD)); RETURN OLD; END $$;
CREATE TRIGGER keep AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION keep_gone();
CREATE TRIGGER keep AFTER DELETE ON profiles FOR EACH ROW EXECUTE FUNCTION keep_gone();
CREATE TRIGGER keep AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep_gone();
CREATE TRIGGER keep AFTER DELETE ON products FOR EACH ROW EXECUTE FUNCTION keep_gone();
CREATE TRIGGER keep AFTER DELETE ON order_products FOR EACH ROW EXECUTE FUNCTION keep_gone();
`

func mustExec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func (o opened) day(t *testing.T, connect func(*testing.T, string) *sql.DB) []step {
	t.Helper()
	r := new(recorder)
	script(t.Context(), r, o.open(t, connect(t, o.dsn)))
	return r.steps
}

// compare reports the steps that were answered differently.
func compare(t *testing.T, what string, want, got []step, skipOwn bool) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: %d steps, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if w.name != g.name {
			t.Fatalf("%s: step %d is %q, want %q", what, i, g.name, w.name)
		}
		if w.own && skipOwn {
			continue
		}
		if w.answer != g.answer {
			t.Errorf("%s\nstep %q\n got %s\nwant %s", what, w.name, g.answer, w.answer)
		}
	}
}

var tables = []struct{ name, key string }{
	{"users", "id"}, {"profiles", "user_id"}, {"orders", "id"}, {"products", "id"}, {"order_products", "order_id, product_id"},
}

// sameLife checks that a database of soft deletes has the live rows of one of real deletes,
// and, deleted or archived, each of the rows that the other lost.
func sameLife(t *testing.T, hardDSN, softDSN string) {
	t.Helper()
	hard, soft := plain(t, hardDSN), plain(t, softDSN)
	lost := 0
	for _, table := range tables {
		live := fmt.Sprintf("SELECT * FROM %s WHERE deleted_at IS NULL ORDER BY %s", table.name, table.key)
		if w, g := lines(t, hard, live), lines(t, soft, live); w != g {
			t.Errorf("live rows of %s\n got %s\nwant %s", table.name, g, w)
		}
		// Bookkeeping apart, and what SET NULL took before a delete came.
		const bare = " - 'deleted_at' - 'deletion_id'"
		gone := lines(t, hard, fmt.Sprintf("SELECT data%s FROM gone WHERE from_table = '%s' ORDER BY 1", bare, table.name))
		kept := lines(t, soft, fmt.Sprintf(
			`SELECT to_jsonb(x)%[2]s FROM %[1]s x WHERE deleted_at IS NOT NULL
			UNION ALL SELECT data%[2]s FROM deletion_records WHERE table_name IN ('%[1]s', 'public.%[1]s') ORDER BY 1`, table.name, bare))
		if gone != kept {
			t.Errorf("deleted rows of %s\n got %s\nwant %s", table.name, kept, gone)
		}
		lost += len(gone)
	}
	if lost == 0 {
		t.Error("no row was deleted")
	}
}

func lines(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := Texts(db.QueryContext(t.Context(), query))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	b := ""
	for _, r := range rows {
		b += fmt.Sprintln(r)
	}
	return b
}
