package sqlxshop

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The Go of docs/sqlx.md.

func plugIn(dsn string, policy softdelete.Policy) (*sqlx.DB, error) {
	sqldb, err := softdelete.Open(dsn, policy)
	if err != nil {
		return nil, err
	}
	db := sqlx.NewDb(sqldb, "pgx")
	return db, nil
}

func plugInByName(dsn string, policy softdelete.Policy) (*sqlx.DB, error) {
	if err := softdelete.Register("shop", policy); err != nil {
		return nil, err
	}
	sqlx.BindDriver("shop", sqlx.DOLLAR)
	db, err := sqlx.Open("shop", dsn)
	return db, err
}

func TestDocsPlugIn(t *testing.T) {
	for _, plug := range []func(string, softdelete.Policy) (*sqlx.DB, error){plugIn, plugInByName} {
		db, err := plug(pgtemp.NewDatabase(t), softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
		must(t, err)
		if got := db.Rebind("SELECT ?"); got != "SELECT $1" {
			t.Errorf("placeholders: %s", got)
		}
		if _, err := db.Exec("TRUNCATE users"); !errors.As(err, new(*softdelete.RefusedError)) {
			t.Errorf("the driver is not in between: %v", err)
		}
		must(t, db.Close())
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// annAndBob creates two users, Ann with two orders.
func annAndBob(t *testing.T) *sqlx.DB {
	t.Helper()
	db := sqlx.NewDb(suite.NewSoft(t), "pgx")
	_, err := db.NamedExec("INSERT INTO users (email, name) VALUES (:email, :name)",
		[]User{{Email: "ann@x", Name: "Ann"}, {Email: "bob@x", Name: "Bob"}})
	must(t, err)
	_, err = db.NamedExec("INSERT INTO orders (user_id, status, total) VALUES (:user_id, :status, :total)",
		[]Order{{UserID: 1, Status: "open", Total: 1}, {UserID: 1, Status: "paid", Total: 2}})
	must(t, err)
	return db
}

func TestDocsScopes(t *testing.T) {
	db, ctx := annAndBob(t), t.Context()
	_, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = 1")
	must(t, err)

	var users []User
	err = db.SelectContext(softdelete.WithDeleted(ctx, "users"), &users, "SELECT id, email, name FROM users")
	must(t, err)
	equal(t, "all users", len(users), 2)

	purge := softdelete.HardDelete(softdelete.OnlyDeleted(ctx, "users"), "users")
	result, err := db.NamedExecContext(purge, "DELETE FROM users WHERE deleted_at < :before",
		map[string]any{"before": time.Now().Add(-90 * 24 * time.Hour)})
	n, err := affected(result, err)
	must(t, err)
	equal(t, "purged", n, 0)

	// Without a context there is no scope.
	must(t, db.Select(&users, "SELECT id, email, name FROM users"))
	equal(t, "live users", len(users), 1)
}

// A prepared statement is executed under the scope of its context.
func TestDocsPrepared(t *testing.T) {
	db, ctx := annAndBob(t), t.Context()
	_, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = 1")
	must(t, err)

	stmt, err := db.PreparexContext(ctx, "SELECT count(*) FROM users WHERE name LIKE $1")
	must(t, err)
	defer stmt.Close()
	var live, all int
	errLive := stmt.GetContext(ctx, &live, "%")
	errAll := stmt.GetContext(softdelete.WithDeleted(ctx), &all, "%")
	must(t, errLive, errAll)
	equal(t, "live users", live, 1)
	equal(t, "all users", all, 2)
}

func TestDocsRestore(t *testing.T) {
	db, ctx := annAndBob(t), t.Context()
	orders := func(want int) {
		t.Helper()
		var n int
		must(t, db.Get(&n, "SELECT count(*) FROM orders"))
		equal(t, "orders", n, want)
	}
	must(t, deleteByAnn(ctx, db, 1))
	orders(0)
	n, err := softdelete.Restore(ctx, db, "users", 1)
	must(t, err)
	equal(t, "restored", n, 3)

	must(t, deleteByAnn(ctx, db, 1), restoreInTransaction(ctx, db))
	orders(2)

	must(t, deleteByAnn(ctx, db, 1))
	result, err := db.ExecContext(softdelete.OnlyDeleted(ctx, "users"), "UPDATE users SET deleted_at = NULL WHERE id = $1", 1)
	n, err = affected(result, err)
	must(t, err)
	equal(t, "users restored", n, 1)
	orders(2)
}

func deleteByAnn(ctx context.Context, db *sqlx.DB, id int64) error {
	by := softdelete.WithReason(softdelete.WithActor(ctx, "ann"), "asked for it")
	_, err := db.NamedExecContext(by, "DELETE FROM users WHERE id = :id", map[string]any{"id": id})
	return err
}

func restoreInTransaction(ctx context.Context, db *sqlx.DB) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := softdelete.Restore(ctx, tx, "users", 1); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func TestDocsErrors(t *testing.T) {
	db := annAndBob(t)
	must(t, deleteByAnn(t.Context(), db, 1))
	_, err := db.NamedExec("INSERT INTO orders (user_id, status, total) VALUES (:user_id, :status, :total)", Order{UserID: 1, Status: "open"})
	var violated *pgconn.PgError
	if !errors.As(err, &violated) || violated.Code != "23503" || violated.ConstraintName != "orders_user_id_fkey" {
		t.Errorf("an order of a deleted user: %v", err)
	}
	_, err = db.NamedExec("INSERT INTO users (email, name) VALUES (:email, :name) ON CONFLICT DO NOTHING", User{Email: "bob@x"})
	if !errors.As(err, new(*softdelete.RefusedError)) {
		t.Errorf("ON CONFLICT without a target: %v", err)
	}
}

// A star has the marker, and the other columns that the driver needs.
func TestDocsStars(t *testing.T) {
	db := annAndBob(t)
	var users []User
	err := db.Select(&users, "SELECT * FROM users")
	if err == nil || !strings.Contains(err.Error(), "missing destination name deleted_at") {
		t.Errorf("a column that the struct does not have: %v", err)
	}
	must(t, db.Unsafe().Select(&users, "SELECT * FROM users"))
}

// sqlx finds named parameters in the text before the driver reads it; what it leaves is SQL.
func TestNamedParametersAndCasts(t *testing.T) {
	db := annAndBob(t)
	stmt, err := db.PrepareNamed("SELECT name FROM users WHERE email = :email OR id::::text = :id ORDER BY id")
	must(t, err)
	defer stmt.Close()
	must(t, deleteByAnn(t.Context(), db, 1))
	var names []string
	must(t, stmt.Select(&names, map[string]any{"email": "ann@x", "id": "2"}))
	equal(t, "names", strings.Join(names, ", "), "Bob")
}
