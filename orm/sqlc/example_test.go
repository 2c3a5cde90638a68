package sqlcshop

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/sqlc/shopdb"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The code of docs/sqlc.md.

func TestRecipeOpen(t *testing.T) {
	dsn := suite.NewShop(t)
	count := func(ctx context.Context) (int64, error) {
		db, err := softdelete.Open(dsn, softdelete.Policy{Discover: true})
		if err != nil {
			return 0, err
		}
		defer db.Close()
		queries := shopdb.New(db)
		return queries.CountUsers(ctx)
	}
	if n, err := count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d users, %v", n, err)
	}
}

func TestRecipePrepare(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	queries, err := shopdb.Prepare(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	defer queries.Close()
	id := createUser(t, queries)

	live, err := queries.Page(ctx, shopdb.PageParams{Limit: 10})
	all, err2 := queries.Page(softdelete.WithDeleted(ctx, "users"), shopdb.PageParams{Limit: 10})

	if err := errors.Join(err, err2); err != nil || len(live) != 0 || len(all) != 1 || all[0].ID != id {
		t.Errorf("live %v, all %v, %v", live, all, err)
	}
}

func createUser(t *testing.T, queries *shopdb.Queries) int64 {
	t.Helper()
	id, err := queries.CreateUser(t.Context(), shopdb.CreateUserParams{Email: "ann@example.com", Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := queries.DeleteUser(t.Context(), id); n != 1 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}
	return id
}

func TestRecipeScopes(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	queries := shopdb.New(db)
	id := createUser(t, queries)

	trash, err := queries.Page(softdelete.OnlyDeleted(ctx, "users"), shopdb.PageParams{Limit: 50})
	gone, err2 := queries.DeleteUser(softdelete.HardDelete(ctx), id)

	if err := errors.Join(err, err2); err != nil || len(trash) != 1 || gone != 1 {
		t.Errorf("trash %v, gone %d, %v", trash, gone, err)
	}
}

func TestRecipeRestore(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	queries := shopdb.New(db)
	id := createUser(t, queries)

	n, err := softdelete.Restore(ctx, db, "users", id)

	if n != 1 || err != nil {
		t.Errorf("%d restored, %v", n, err)
	}
	if n, err := queries.DeleteUser(ctx, id); n != 1 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}

	// UPDATE users SET deleted_at = NULL WHERE id = $1
	n, err = queries.RestoreUser(softdelete.OnlyDeleted(ctx, "users"), id)

	if n != 1 || err != nil {
		t.Errorf("%d restored by update, %v", n, err)
	}
}

func TestRecipeTransaction(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	queries := shopdb.New(db)
	id, err := queries.CreateUser(ctx, shopdb.CreateUserParams{Email: "ann@example.com", Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	leave := func(ctx context.Context) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		qtx := queries.WithTx(tx)
		if _, err := qtx.DeleteUser(softdelete.WithActor(ctx, "ann"), id); err != nil {
			return err
		}
		return tx.Commit()
	}
	if err := leave(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := queries.User(ctx, id); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("after the delete: %v", err)
	}
}

// What the driver refuses, it refuses when the statement is prepared: with Prepare that
// is at the program's start.
func TestRefusedWhenPrepared(t *testing.T) {
	db := suite.NewSoft(t)
	stmt, err := db.PrepareContext(t.Context(), "TRUNCATE users")
	if err == nil {
		stmt.Close()
	}
	if !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("TRUNCATE: %v", err)
	}
}
