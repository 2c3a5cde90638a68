package entshop

import (
	"context"
	"errors"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	markedschema "github.com/softdelete-go/softdelete/orm/ent/marked/schema"
	ent "github.com/softdelete-go/softdelete/orm/ent/plain"
	"github.com/softdelete-go/softdelete/orm/ent/plain/predicate"
	"github.com/softdelete-go/softdelete/orm/ent/plain/user"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// The Go of docs/ent.md.

func plugIn(dsn string, policy softdelete.Policy) (*ent.Client, error) {
	db, err := softdelete.Open(dsn, policy)
	if err != nil {
		return nil, err
	}
	client := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, db)))
	return client, nil
}

func TestDocsPlugIn(t *testing.T) {
	client, err := plugIn(pgtemp.NewDatabase(t), softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.ExecContext(t.Context(), "TRUNCATE users"); !errors.As(err, new(*softdelete.RefusedError)) {
		t.Errorf("the driver is not in between: %v", err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

func unmarked(t *testing.T) *ent.Client {
	return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, suite.NewSoft(t))))
}

// twoUsers creates Ann, with two orders, and Bob.
func twoUsers(t *testing.T, client *ent.Client) (ann, bob int64) {
	t.Helper()
	ctx := t.Context()
	us := must[[]*ent.User](t)(client.User.CreateBulk(
		client.User.Create().SetEmail("ann@x").SetName("Ann"),
		client.User.Create().SetEmail("bob@x").SetName("Bob"),
	).Save(ctx))
	for range 2 {
		must[*ent.Order](t)(client.Order.Create().SetUserID(us[0].ID).SetStatus("open").SetTotal(1).Save(ctx))
	}
	return us[0].ID, us[1].ID
}

func TestDocsScopes(t *testing.T) {
	client, ctx := unmarked(t), t.Context()
	ann, _ := twoUsers(t, client)
	must[int](t)(client.User.Delete().Where(user.ID(ann)).Exec(ctx))

	users, err := client.User.Query().All(softdelete.WithDeleted(ctx, "users"))
	equal(t, "all users", len(must[[]*ent.User](t)(users, err)), 2)

	purge := softdelete.HardDelete(softdelete.OnlyDeleted(ctx, "users"), "users")
	old := predicate.User(entsql.FieldLT("deleted_at", time.Now().Add(-90*24*time.Hour)))
	n, err := client.User.Delete().Where(old).Exec(purge)
	equal(t, "purged", must[int](t)(n, err), 0)
	if _, err := client.User.Delete().Exec(softdelete.HardDelete(ctx)); !errors.Is(err, softdelete.ErrUnboundedHardDelete) {
		t.Errorf("a hard delete without a condition: %v", err)
	}
}

func TestDocsScopesWithTheMixin(t *testing.T) {
	client, ctx := through(t), t.Context()
	annAndBob(t, client)
	users, err := client.User.Query().All(markedschema.SkipSoftDelete(softdelete.OnlyDeleted(ctx, "users")))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "deleted users", len(users), 1)
	equal(t, "SkipSoftDelete without a scope", must[int](t)(client.User.Query().Count(markedschema.SkipSoftDelete(ctx))), 1)
	equal(t, "the scope without SkipSoftDelete", must[int](t)(client.User.Query().Count(softdelete.WithDeleted(ctx))), 1)
}

func TestDocsRestore(t *testing.T) {
	client, ctx := unmarked(t), t.Context()
	ann, _ := twoUsers(t, client)
	orders := func(want int) {
		t.Helper()
		equal(t, "orders", must[int](t)(client.Order.Query().Count(ctx)), want)
	}
	must[int](t)(deleteByAnn(ctx, client, ann))
	orders(0)
	n, err := softdelete.Restore(ctx, client, "users", ann)
	equal(t, "restored", must[int64](t)(n, err), 3)
	orders(2)

	must[int](t)(client.User.Delete().Where(user.ID(ann)).Exec(ctx))
	if err := restoreInTransaction(ctx, client, ann); err != nil {
		t.Error(err)
	}
	orders(2)

	must[int](t)(client.User.Delete().Where(user.ID(ann)).Exec(ctx))
	affected, err := client.User.Update().Where(user.ID(ann)).
		Modify(func(u *entsql.UpdateBuilder) { u.SetNull("deleted_at") }).
		Save(softdelete.OnlyDeleted(ctx, "users"))
	equal(t, "users restored", must[int](t)(affected, err), 1)
	orders(2)
}

func restoreInTransaction(ctx context.Context, client *ent.Client, ann int64) error {
	tx, err := client.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := softdelete.Restore(ctx, tx, "users", ann); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func deleteByAnn(ctx context.Context, client *ent.Client, id int64) (int, error) {
	by := softdelete.WithReason(softdelete.WithActor(ctx, "ann"), "asked for it")
	n, err := client.User.Delete().Where(user.ID(id)).Exec(by)
	return n, err
}

func TestDocsErrors(t *testing.T) {
	client, ctx := unmarked(t), t.Context()
	ann, _ := twoUsers(t, client)
	must[int](t)(client.User.Delete().Where(user.ID(ann)).Exec(ctx))
	err := client.Order.Create().SetUserID(ann).SetStatus("open").SetTotal(1).Exec(ctx)
	var violated *pgconn.PgError
	if !ent.IsConstraintError(err) || !errors.As(err, &violated) || violated.ConstraintName != "orders_user_id_fkey" {
		t.Errorf("an order of a deleted user: %v", err)
	}
	if _, err := client.User.Get(ctx, ann); !ent.IsNotFound(err) {
		t.Errorf("a deleted user: %v", err)
	}
}
