package migrations

import (
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/pressly/goose/v3"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// file is a migration, in both forms.
type file struct {
	statements []string
	// noTransaction is for goose. golang-migrate has no transactions of its own: a file
	// of several statements is one by itself, a single statement needs none.
	noTransaction bool
}

// tools run the migrations of a database up. They are what there is between a migration and
// the driver: goose sends the statements of a file one by one in a transaction,
// golang-migrate a whole file in one text.
var tools = map[string]func(*testing.T, *sql.DB, ...file) error{"goose": gooseUp, "golang-migrate": migrateUp}

func gooseUp(t *testing.T, db *sql.DB, files ...file) error {
	t.Helper()
	folder := fstest.MapFS{}
	for i, f := range files {
		var b strings.Builder
		if f.noTransaction {
			b.WriteString("-- +goose NO TRANSACTION\n")
		}
		b.WriteString("-- +goose Up\n")
		for _, s := range f.statements {
			fmt.Fprintf(&b, "-- +goose StatementBegin\n%s;\n-- +goose StatementEnd\n", s)
		}
		folder[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, folder)
	if err != nil {
		t.Fatal(err)
	}
	_, err = provider.Up(t.Context())
	return err
}

func migrateUp(t *testing.T, db *sql.DB, files ...file) error {
	t.Helper()
	folder := fstest.MapFS{}
	for i, f := range files {
		folder[fmt.Sprintf("%d_step.up.sql", i+1)] = &fstest.MapFile{Data: []byte(strings.Join(f.statements, ";\n"))}
	}
	return migrator(t, db, folder).Up()
}

// migrator is not closed: that would close the pool, which is the test's.
func migrator(t *testing.T, db *sql.DB, folder fs.FS) *migrate.Migrate {
	t.Helper()
	source, err := iofs.New(folder, ".")
	if err != nil {
		t.Fatal(err)
	}
	target, err := pgx.WithInstance(db, &pgx.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := migrate.NewWithInstance("folder", source, "shop", target)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shop has a live user, and one who is deleted.
func shop(t *testing.T) (dsn string) {
	t.Helper()
	dsn = suite.NewShop(t)
	exec(t, suite.OpenPlain(t, dsn), annAndBob)
	return dsn
}

const annAndBob = `INSERT INTO users (email, name, deleted_at) VALUES ('ann@x', 'Ann', NULL), ('bob@x', 'Bob', now())`

// renew makes a new shop of a database, which is faster than a new database.
func renew(t *testing.T, dsn string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec(t, db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"+suite.Schema+softdelete.JournalDDL+softdelete.ArchiveDDL+annAndBob)
}

func exec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// look is a query's rows, over plain pgx or not.
func look(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	got, err := suite.Texts(rows, err)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var b strings.Builder
	for _, row := range got {
		fmt.Fprintln(&b, strings.Join(row, " "))
	}
	return b.String()
}

// schema is all that a migration can change, but for the tables of the tools themselves.
func schema(t *testing.T, db *sql.DB) string {
	t.Helper()
	const ours = ` NOT IN ('goose_db_version', 'schema_migrations') `
	return look(t, db, `SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'p') AND NOT a.attisdropped AND c.relname`+ours+`ORDER BY 1, a.attnum`) +
		look(t, db, `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename`+ours+`ORDER BY 1`) +
		look(t, db, `SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text`+ours+`ORDER BY 1, 2`) +
		look(t, db, `SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`) +
		look(t, db, `SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`) +
		look(t, db, `SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e' ORDER BY 1`) +
		look(t, db, `SELECT id, email, name, deleted_at IS NULL FROM users ORDER BY id`) +
		look(t, db, `SELECT count(*) FROM events`)
}
