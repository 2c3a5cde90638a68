package jetshop

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	. "github.com/go-jet/jet/v2/postgres"
	"github.com/go-jet/jet/v2/qrm"
	"github.com/go-jet/jet/v2/stmtcache"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/jet/shopdb/public/model"
	. "github.com/softdelete-go/softdelete/orm/jet/shopdb/public/table"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The code of docs/jet.md.

func TestRecipeOpen(t *testing.T) {
	dsn := suite.NewShop(t)
	list := func(ctx context.Context) (users []model.Users, err error) {
		db, err := softdelete.Open(dsn, softdelete.Policy{Discover: true})
		if err != nil {
			return nil, err
		}
		defer db.Close()
		err = SELECT(Users.AllColumns).FROM(Users).QueryContext(ctx, db, &users)
		return users, err
	}
	if us, err := list(t.Context()); len(us) != 0 || err != nil {
		t.Errorf("%v, %v", us, err)
	}
}

// deletedUser makes one with an order, and deletes both.
func deletedUser(t *testing.T, db *sql.DB) int64 {
	t.Helper()
	ctx := t.Context()
	var user model.Users
	err := Users.INSERT(Users.Email, Users.Name).VALUES("ann@example.com", "Ann").RETURNING(Users.ID).QueryContext(ctx, db, &user)
	_, err2 := Orders.INSERT(Orders.UserID, Orders.Status, Orders.Total).VALUES(user.ID, "open", 100).ExecContext(ctx, db)

	_, err3 := Users.DELETE().WHERE(Users.ID.EQ(Int(user.ID))).ExecContext(ctx, db)

	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	return user.ID
}

func TestRecipeScopes(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	deletedUser(t, db)
	var users []struct {
		model.Users

		Orders []model.Orders
	}

	all := softdelete.WithDeleted(ctx)
	err := SELECT(Users.AllColumns, Orders.AllColumns).
		FROM(Users.LEFT_JOIN(Orders, Orders.UserID.EQ(Users.ID))).
		QueryContext(all, db, &users)

	if err != nil || len(users) != 1 || len(users[0].Orders) != 1 {
		t.Errorf("%v, %v", users, err)
	}

	purge := softdelete.HardDelete(softdelete.OnlyDeleted(ctx, "users"))
	_, err = Users.DELETE().WHERE(Users.DeletedAt.LT(NOW())).ExecContext(purge, db)
	if err != nil {
		t.Error(err)
	}
	if err := SELECT(Orders.AllColumns).FROM(Orders).QueryContext(all, db, &model.Orders{}); !errors.Is(err, qrm.ErrNoRows) {
		t.Errorf("after the purge: %v", err)
	}
}

func TestRecipeStatementCache(t *testing.T) {
	pool, ctx := suite.NewSoft(t), t.Context()
	deletedUser(t, pool)

	db := stmtcache.New(pool)
	defer db.ClearCache()

	for range 2 {
		var live, all []model.Users

		users := SELECT(Users.AllColumns).FROM(Users)
		err := users.QueryContext(ctx, db, &live)
		err2 := users.QueryContext(softdelete.WithDeleted(ctx), db, &all)

		if err := errors.Join(err, err2); err != nil || len(live) != 0 || len(all) != 1 {
			t.Errorf("live %v, all %v, %v", live, all, err)
		}
	}
}

func TestRecipeRestore(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)

	n, err := softdelete.Restore(ctx, db, "users", id) // the user, and the order

	if err != nil || n != 2 {
		t.Fatalf("%d restored, %v", n, err)
	}
	if _, err := Users.DELETE().WHERE(Users.ID.EQ(Int(id))).ExecContext(ctx, db); err != nil {
		t.Fatal(err)
	}

	_, err = Users.UPDATE(Users.DeletedAt).SET(NULL).WHERE(Users.ID.EQ(Int(id))).
		ExecContext(softdelete.OnlyDeleted(ctx, "users"), db)

	var orders []model.Orders
	err2 := SELECT(Orders.AllColumns).FROM(Orders).QueryContext(ctx, db, &orders)
	if err := errors.Join(err, err2); err != nil || len(orders) != 1 {
		t.Errorf("%v, %v", orders, err)
	}
}

// The marker has its new value, all else that of the row.
func TestReturningShowsTheMarker(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)
	if _, err := softdelete.Restore(ctx, db, "users", id); err != nil {
		t.Fatal(err)
	}
	var user model.Users
	err := Users.DELETE().WHERE(Users.ID.EQ(Int(id))).RETURNING(Users.AllColumns).QueryContext(ctx, db, &user)
	if err != nil || user.Name != "Ann" || user.DeletedAt == nil {
		t.Errorf("%v, %v", user, err)
	}
}

func TestRefused(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	_, err := Users.INSERT(Users.Email, Users.Name).VALUES("ann@example.com", "Ann").ON_CONFLICT().DO_NOTHING().ExecContext(ctx, db)
	var refused *softdelete.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("ON CONFLICT DO NOTHING: %v", err)
	}
}
