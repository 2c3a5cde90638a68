package squirrelshop

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	sq "github.com/Masterminds/squirrel"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The code of docs/squirrel.md.

func TestRecipeOpen(t *testing.T) {
	dsn := suite.NewShop(t)
	count := func(ctx context.Context) (n int64, err error) {
		db, err := softdelete.Open(dsn, softdelete.Policy{Discover: true})
		if err != nil {
			return 0, err
		}
		defer db.Close()
		psql := sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(db)
		return n, psql.Select("count(*)").From("users").QueryRowContext(ctx).Scan(&n)
	}
	if n, err := count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d users, %v", n, err)
	}
}

func TestRecipeStatementCache(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	deletedUser(t, db)

	cache := sq.NewStmtCache(db)
	psql := sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(cache)

	defer cache.Clear()
	var live, all int64
	for range 2 {

		users := psql.Select("count(*)").From("users")
		err := users.QueryRowContext(ctx).Scan(&live)
		err2 := users.QueryRowContext(softdelete.WithDeleted(ctx)).Scan(&all)

		if err := errors.Join(err, err2); err != nil || live != 0 || all != 1 {
			t.Errorf("live %d, all %d, %v", live, all, err)
		}
	}
}

func deletedUser(t *testing.T, db *sql.DB) (id int64) {
	t.Helper()
	ctx := t.Context()
	psql := sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(db)
	err := psql.Insert("users").Columns("email", "name").Values("ann@example.com", "Ann").Suffix("RETURNING id").QueryRowContext(ctx).Scan(&id)
	_, err2 := psql.Insert("orders").Columns("user_id", "status", "total").Values(id, "open", 100).ExecContext(ctx)

	_, err3 := psql.Delete("users").Where(sq.Eq{"id": id}).ExecContext(ctx)

	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestRecipeScopes(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)
	psql := sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(db)
	var name string

	trash := softdelete.OnlyDeleted(ctx, "users")
	err := psql.Select("name").From("users").Where(sq.Eq{"id": id}).QueryRowContext(trash).Scan(&name)
	_, err2 := psql.Delete("users").Where("deleted_at < now()").ExecContext(softdelete.HardDelete(trash))

	if err := errors.Join(err, err2); err != nil || name != "Ann" {
		t.Errorf("%q, %v", name, err)
	}
	n := -1
	if err := psql.Select("count(*)").From("orders").QueryRowContext(softdelete.WithDeleted(ctx)).Scan(&n); n != 0 || err != nil {
		t.Errorf("%d orders are left, %v", n, err)
	}
}

func TestRecipeRestore(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)
	psql := sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(db)

	n, err := softdelete.Restore(ctx, db, "users", id) // the user, and the order

	if err != nil || n != 2 {
		t.Fatalf("%d restored, %v", n, err)
	}
	if _, err := psql.Delete("users").Where(sq.Eq{"id": id}).ExecContext(ctx); err != nil {
		t.Fatal(err)
	}

	_, err = psql.Update("users").Set("deleted_at", nil).Where(sq.Eq{"id": id}).
		ExecContext(softdelete.OnlyDeleted(ctx, "users"))

	var orders int
	err2 := psql.Select("count(*)").From("orders").QueryRowContext(ctx).Scan(&orders)
	if err := errors.Join(err, err2); err != nil || orders != 1 {
		t.Errorf("%d orders, %v", orders, err)
	}
}

func TestRecipeRefused(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	psql := sq.StatementBuilder.PlaceholderFormat(sq.Dollar).RunWith(db)

	_, err := psql.Insert("users").Columns("email", "name").Values("ann@example.com", "Ann").
		Suffix("ON CONFLICT DO NOTHING").ExecContext(ctx)
	var refused *softdelete.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}

	_, err = psql.Delete("users").ExecContext(softdelete.HardDelete(ctx))
	if !errors.Is(err, softdelete.ErrUnboundedHardDelete) {
		t.Errorf("a hard delete of all: %v", err)
	}
}

// A placeholder that was not translated.
func TestQuestionMarkIsRefused(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	_, err := sq.Delete("users").Where(sq.Eq{"id": 7}).RunWith(db).ExecContext(ctx)
	if !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("got %v", err)
	}
}
