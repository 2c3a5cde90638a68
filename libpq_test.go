package softdelete_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// openLibPQ returns databases of the policy over lib/pq: by its driver and by its
// connector.
func openLibPQ(t *testing.T, dsn string, p softdelete.Policy) map[string]*sql.DB {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	keywords := fmt.Sprintf("host='%s' port=%d user='%s' password='%s' dbname='%s' sslmode=disable", c.Host, c.Port, c.User, c.Password, c.Database)
	d, err := softdelete.WrapDriver(&pq.Driver{}, p)
	if err != nil {
		t.Fatal(err)
	}
	byDriver, err := d.(driver.DriverContext).OpenConnector(keywords)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := pq.NewConnector(keywords)
	if err != nil {
		t.Fatal(err)
	}
	byConnector, err := softdelete.WrapConnector(theirs, p)
	if err != nil {
		t.Fatal(err)
	}
	dbs := map[string]*sql.DB{"WrapDriver": sql.OpenDB(byDriver), "WrapConnector": sql.OpenDB(byConnector)}
	for _, db := range dbs {
		t.Cleanup(func() { _ = db.Close() })
	}
	return dbs
}

// lib/pq beneath gives the results that pgx does. What it cannot tell is the state of a
// transaction, and its errors are its own.
func TestLibPQAgrees(t *testing.T) {
	server := pgtemp.Shared(t)
	direct := openOurs(t, familyDatabase(t, server, "libpq_direct"), familyPolicy())
	want := (&script{t: t, db: direct, prepares: true}).run()
	for name := range openLibPQ(t, server.DSN("libpq_direct"), familyPolicy()) {
		t.Run(name, func(t *testing.T) {
			dsn := familyDatabase(t, server, "libpq_"+strings.ToLower(name))
			db := openLibPQ(t, dsn, familyPolicy())[name]
			sameNotes(t, (&script{t: t, db: db, prepares: true}).run(), want)
		})
	}
}

// The server's own errors stay lib/pq's. What our checks find is pgx's error, or a
// refusal, for lib/pq's cannot be changed from here; both have SQLState.
func TestLibPQErrors(t *testing.T) {
	server := pgtemp.Shared(t)
	ctx := t.Context()
	dsn := familyDatabase(t, server, "libpq_errors")
	mustExec(t, openPlain(t, dsn), "CREATE UNIQUE INDEX one_email ON users (email) WHERE deleted_at IS NULL")
	db := openLibPQ(t, dsn, familyPolicy())["WrapConnector"]
	db.SetMaxOpenConns(1)
	code := func(what string, err error, want string, ours bool) {
		t.Helper()
		var state interface{ SQLState() string }
		if !errors.As(err, &state) || state.SQLState() != want {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
		if _, ok := err.(*pgconn.PgError); ok != ours {
			t.Errorf("%s: the error is a %T", what, err)
		}
		if _, ok := err.(*pq.Error); ok == ours {
			t.Errorf("%s: the error is a %T", what, err)
		}
		if err != nil && strings.Contains(err.Error(), "softdelete:") {
			t.Errorf("%s: the error shows how it was made: %v", what, err)
		}
	}
	_, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 3)
	code("a forbidden delete", err, "23503", true)
	_, err = readAll(db.QueryContext(ctx, "DELETE FROM users WHERE id = $1 RETURNING id", 3))
	code("a forbidden delete with rows", err, "23503", true)
	_, err = db.ExecContext(ctx, "SELECT nothing")
	code("an error of the server", err, "42703", false)
	_, err = db.ExecContext(ctx, "INSERT INTO users (id) VALUES (1)")
	code("a key that is taken", err, "23505", false)

	mustExec(t, db, "DELETE FROM users WHERE id = 1")
	_, err = db.ExecContext(ctx, "INSERT INTO orders (id, user_id) VALUES (90, 1)")
	code("a child of a deleted row", err, "23503", true)
	_, err = db.ExecContext(ctx, "INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET email = 'x'")
	code("a conflict with a deleted row", err, "23505", true)
	mustExec(t, db, "INSERT INTO users (id, email) VALUES (7, 'ann')")
	_, err = softdelete.Restore(ctx, db, "users", 1)
	if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "a live row stands in the way (one_email") {
		t.Errorf("Restore beside a live row: %v", err)
	}
	_, err = softdelete.Restore(ctx, db, "orders", 10)
	if err != nil && !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("Restore of the child: %v", err)
	}

	// A temporary table that went with its transaction.
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, "CREATE TEMP TABLE users (id int) ON COMMIT DROP"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(ctx, "SELECT id FROM users")
	code("a temporary table that is gone", err, "42P01", false)
	equalText(t, "users after that", all(t, db, "SELECT id FROM users ORDER BY id"), "2,3,7")
}

// What needs the state of the transaction needs pgx.
func TestLibPQDoesNotDiscover(t *testing.T) {
	db := openLibPQ(t, familyDatabase(t, pgtemp.Shared(t), "libpq_discovers"), discovering())["WrapDriver"]
	var bad *softdelete.PolicyError
	if err := db.PingContext(t.Context()); !errors.As(err, &bad) || !strings.Contains(err.Error(), "the wrapped driver is not pgx") {
		t.Errorf("got %v", err)
	}
}
