package softdelete_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// The error for a key that a deleted row holds says which row that is.
func TestBlockedKeyHint(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, `CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, town text, street text, deleted_at timestamptz, UNIQUE (town, street));
		CREATE UNIQUE INDEX lower_email ON users (lower(email));
		INSERT INTO users VALUES (1, 'ann', 'Ulm', 'A, (1)', '2026-01-02 03:04:05+00'), (2, 'bob', 'Jena', 'B', NULL), (3, 'o''neil', 'Ulm', 'C', '2026-01-02 03:04:05+00')`)
	db, err := softdelete.Open(dsn+"&timezone=UTC", softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const general = "If no row with this key is to be seen"
	for _, c := range []struct{ text, want string }{
		{`INSERT INTO users VALUES (1)`, "A deleted row holds the key: (id)=(1), whose deleted_at is 2026-01-02 03:04:05+00. Bring it back with Restore"},
		{`INSERT INTO users VALUES (7, 'o''neil')`, "(id)=(3)"},
		{`INSERT INTO users VALUES (7, 'new', 'Ulm', 'A, (1)')`, "(id)=(1)"},
		{`UPDATE users SET email = 'ann' WHERE id = 2`, "(id)=(1)"},
		{`INSERT INTO users VALUES (7, 'bob')`, ""}, // a live row
		{`INSERT INTO users VALUES (7, 'ANN')`, general},
	} {
		_, err := db.Exec(c.text)
		checkHint(t, c.text, err, c.want)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.Exec(`INSERT INTO users VALUES (1)`)
	checkHint(t, "in a transaction", err, general)
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		t.Fatal(err)
	}
	equalText(t, "users", all(t, db, `SELECT id FROM users`), "2")
}

func checkHint(t *testing.T, text string, err error, want string) {
	t.Helper()
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "23505" {
		t.Errorf("%s: %v", text, err)
		return
	}
	if want == "" && pgErr.Hint != "" || !strings.Contains(pgErr.Hint, want) {
		t.Errorf("%s: the hint is %q, and not %q", text, pgErr.Hint, want)
	}
}
