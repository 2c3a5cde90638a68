package sqlboilershop

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/aarondl/sqlboiler/v4/boil"
	"github.com/aarondl/sqlboiler/v4/queries/qm"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/sqlboiler/marked"
	"github.com/softdelete-go/softdelete/orm/sqlboiler/models"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The code of docs/sqlboiler.md.

func TestRecipeOpen(t *testing.T) {
	dsn := suite.NewShop(t)
	list := func(ctx context.Context) (models.UserSlice, error) {
		db, err := softdelete.Open(dsn, softdelete.Policy{Discover: true})
		if err != nil {
			return nil, err
		}
		defer db.Close()
		return models.Users(qm.Load("Orders")).All(ctx, db)
	}
	if us, err := list(t.Context()); len(us) != 0 || err != nil {
		t.Errorf("%v, %v", us, err)
	}
}

// deletedUser makes one with an order, and deletes both.
func deletedUser(t *testing.T, db *sql.DB) int64 {
	t.Helper()
	ctx := t.Context()
	user := &models.User{Email: "ann@example.com", Name: "Ann"}
	err := user.Insert(ctx, db, boil.Infer())
	err2 := user.AddOrders(ctx, db, true, &models.Order{Status: "open", Total: 100})

	n, err3 := user.Delete(ctx, db)

	if err := errors.Join(err, err2, err3); err != nil || n != 1 {
		t.Fatalf("%d deleted, %v", n, err)
	}
	if n, err := models.Orders().Count(ctx, db); n != 0 || err != nil {
		t.Errorf("%d orders are left, %v", n, err)
	}
	return user.ID
}

func TestRecipeScopes(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)

	trash, err := models.Users(qm.OrderBy("deleted_at DESC")).All(softdelete.OnlyDeleted(ctx, "users"), db)
	one, err2 := models.FindUser(softdelete.WithDeleted(ctx), db, id)
	orders, err3 := one.Orders().All(softdelete.WithDeleted(ctx), db)
	gone, err4 := trash.DeleteAll(softdelete.HardDelete(ctx), db)

	if err := errors.Join(err, err2, err3, err4); err != nil || len(trash) != 1 || len(orders) != 1 || gone != 1 {
		t.Errorf("trash %v, orders %v, gone %d, %v", trash, orders, gone, err)
	}
}

func TestRecipeRestore(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)

	n, err := softdelete.Restore(ctx, db, "users", id) // the user, and the order

	if err != nil || n != 2 {
		t.Fatalf("%d restored, %v", n, err)
	}
	if n, err := (&models.User{ID: id}).Delete(ctx, db); n != 1 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}

	trash := softdelete.OnlyDeleted(ctx, "users")
	n, err = models.Users(models.UserWhere.ID.EQ(id)).UpdateAll(trash, db, models.M{"deleted_at": nil})

	if err != nil || n != 1 {
		t.Errorf("%d restored, %v", n, err)
	}
	if n, err := models.Orders().Count(ctx, db); n != 1 || err != nil {
		t.Errorf("%d orders, %v", n, err)
	}
}

func TestRecipeOwnSoftDelete(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)

	all, err := marked.Users(qm.WithDeleted()).All(softdelete.WithDeleted(ctx), db)
	gone, err2 := marked.Users(qm.WithDeleted(), marked.UserWhere.ID.EQ(id)).DeleteAll(softdelete.HardDelete(ctx), db, true)

	if err := errors.Join(err, err2); err != nil || len(all) != 1 || gone != 1 {
		t.Errorf("all %v, gone %d, %v", all, gone, err)
	}
}

// Alone, neither switch is enough: what SQLBoiler adds it adds, and what the driver adds
// too.
func TestOwnSoftDeleteNeedsBothSwitches(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	id := deletedUser(t, db)
	us, err := marked.Users(qm.WithDeleted()).All(ctx, db)
	if len(us) != 0 || err != nil {
		t.Errorf("qm.WithDeleted alone shows %v, %v", us, err)
	}
	us, err = marked.Users().All(softdelete.WithDeleted(ctx), db)
	if len(us) != 0 || err != nil {
		t.Errorf("WithDeleted alone shows %v, %v", us, err)
	}
	if _, err := marked.FindUser(softdelete.WithDeleted(ctx), db, id); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("FindUser: %v", err)
	}
	ann, err := marked.Users(qm.WithDeleted()).One(softdelete.WithDeleted(ctx), db)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := ann.Delete(ctx, db, true); n != 0 || err != nil {
		t.Errorf("hardDelete alone: %d, %v", n, err)
	}
}

// A library's hardDelete without the scope is a soft delete.
func TestHardDeleteWithoutTheScopeMarks(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	user := &marked.User{Email: "bob@example.com", Name: "Bob"}
	if err := user.Insert(ctx, db, boil.Infer()); err != nil {
		t.Fatal(err)
	}
	if n, err := user.Delete(ctx, db, true); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := models.Users().Count(softdelete.OnlyDeleted(ctx, "users"), db); n != 1 || err != nil {
		t.Errorf("%d deleted rows, %v", n, err)
	}
}

func TestRecipeUpsert(t *testing.T) {
	db, ctx := suite.NewSoft(t), t.Context()
	old := deletedUser(t, db)

	user := &models.User{Email: "ann@example.com", Name: "Ann anew"}
	err := user.Upsert(ctx, db, true, []string{"email"}, boil.Whitelist("name"), boil.Infer())

	if err != nil || user.ID == old {
		t.Errorf("%d, %v", user.ID, err)
	}
	err = user.Upsert(ctx, db, false, nil, boil.None(), boil.Infer())
	var refused *softdelete.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("DO NOTHING without columns: %v", err)
	}
}
