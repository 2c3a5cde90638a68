package entshop

import (
	"context"
	"errors"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/orm/ent/marked"
	"github.com/softdelete-go/softdelete/orm/ent/marked/order"
	"github.com/softdelete-go/softdelete/orm/ent/marked/schema"
	"github.com/softdelete-go/softdelete/orm/ent/marked/user"
	"github.com/softdelete-go/softdelete/orm/suite"
)

// alone and through are with the mixin, over pgx and over the driver.
func alone(t *testing.T) *marked.Client {
	return marked.NewClient(marked.Driver(sql.OpenDB(dialect.Postgres, suite.NewPlain(t))))
}

func through(t *testing.T) *marked.Client {
	return marked.NewClient(marked.Driver(sql.OpenDB(dialect.Postgres, suite.NewSoft(t))))
}

// must stops the test at an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// count is in SQL, which Ent's mixin does not see.
func count(ctx context.Context, t *testing.T, client *marked.Client, table string) (n int) {
	t.Helper()
	rows, err := client.QueryContext(ctx, "SELECT count(*) FROM "+table)
	if err == nil {
		err = errors.Join(sql.ScanOne(rows, &n), rows.Close())
	}
	return must[int](t)(n, err)
}

// annAndBob creates two users with two orders each, and deletes Ann and one of Bob's.
func annAndBob(t *testing.T, client *marked.Client) (ann, bob *marked.User) {
	t.Helper()
	ctx := t.Context()
	ann = must[*marked.User](t)(client.User.Create().SetEmail("ann@x").SetName("Ann").Save(ctx))
	bob = must[*marked.User](t)(client.User.Create().SetEmail("bob@x").SetName("Bob").Save(ctx))
	for _, u := range []*marked.User{ann, bob} {
		for _, status := range []string{"open", "paid"} {
			must[*marked.Order](t)(client.Order.Create().SetUser(u).SetStatus(status).SetTotal(1).Save(ctx))
		}
	}
	must[int](t)(client.User.Delete().Where(user.ID(ann.ID)).Exec(ctx))
	must[int](t)(client.Order.Delete().Where(order.UserID(bob.ID), order.Status("open")).Exec(ctx))
	return ann, bob
}

// Has{Edge} and By{Edge}Count know nothing of interceptors.
func TestEntIssue4450EdgePredicatesAndCounts(t *testing.T) {
	ask := func(client *marked.Client) (withOpen, orders int64) {
		_, bob := annAndBob(t, client)
		ctx := t.Context()
		n := must[int](t)(client.User.Query().Where(user.HasOrdersWith(order.Status("open"))).Count(ctx))
		u := must[*marked.User](t)(client.User.Query().Where(user.ID(bob.ID)).
			Order(user.ByOrdersCount(sql.OrderSelectAs("orders"))).Only(ctx))
		counted, err := u.Value("orders")
		v, ok := must[any](t)(counted, err).(int64)
		equal(t, "is a number", ok, true)
		return int64(n), v
	}
	withOpen, orders := ask(alone(t))
	equal(t, "users with open orders, alone", withOpen, 1)
	equal(t, "orders, alone", orders, 2)
	withOpen, orders = ask(through(t))
	equal(t, "users with open orders", withOpen, 0)
	equal(t, "orders", orders, 1)
}

// The mixin has no hook for updates.
func TestSafedeleteIssue242UpdateOfADeletedRow(t *testing.T) {
	rename := func(client *marked.Client) int {
		ann, _ := annAndBob(t, client)
		return must[int](t)(client.User.Update().Where(user.ID(ann.ID)).SetName("Ghost").Save(t.Context()))
	}
	equal(t, "updated, alone", rename(alone(t)), 1)
	equal(t, "updated", rename(through(t)), 0)
}

// The key is that of a deleted row. Alone, the name of a row that nobody sees is changed.
func TestTypeormIssue9749UpsertEditsADeletedRow(t *testing.T) {
	upsert := func(client *marked.Client) int {
		ann, _ := annAndBob(t, client)
		err := client.User.Create().SetID(ann.ID).SetEmail("ann@x").SetName("Ann upserted").OnConflictColumns(user.FieldID).UpdateName().Exec(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return must[int](t)(client.User.Query().Count(t.Context()))
	}
	equal(t, "live users, alone", upsert(alone(t)), 1)
	equal(t, "live users", upsert(through(t)), 2)
}

// SkipSoftDelete is for the mixin; HardDelete is for the driver.
func TestSkipSoftDelete(t *testing.T) {
	remove := func(ctx context.Context, client *marked.Client) int {
		_, bob := annAndBob(t, client)
		must[int](t)(client.User.Delete().Where(user.ID(bob.ID)).Exec(schema.SkipSoftDelete(ctx)))
		return count(softdelete.WithDeleted(t.Context()), t, client, "users")
	}
	equal(t, "rows, alone", remove(t.Context(), alone(t)), 1)
	equal(t, "rows", remove(t.Context(), through(t)), 2)
	equal(t, "rows, under HardDelete", remove(softdelete.HardDelete(t.Context()), through(t)), 1)
}

// Without columns Ent writes ON CONFLICT DO NOTHING without a target.
func TestConflictsNeedColumns(t *testing.T) {
	client := through(t)
	annAndBob(t, client)
	err := client.User.Create().SetEmail("bob@x").SetName("Bob").OnConflict(sql.DoNothing()).Exec(t.Context())
	if !errors.As(err, new(*softdelete.RefusedError)) {
		t.Errorf("without a target: %v", err)
	}
	err = client.User.Create().SetEmail("bob@x").SetName("Bob").OnConflict().DoNothing().Exec(t.Context())
	if !errors.As(err, new(*softdelete.RefusedError)) {
		t.Errorf("without a target, in other words: %v", err)
	}
}

func TestDeleteOneAndUpdateOne(t *testing.T) {
	client, ctx := through(t), t.Context()
	_, bob := annAndBob(t, client)
	if err := client.User.DeleteOneID(bob.ID).Exec(ctx); err != nil {
		t.Error(err)
	}
	if err := client.User.DeleteOneID(bob.ID).Exec(ctx); !marked.IsNotFound(err) {
		t.Errorf("deleted twice: %v", err)
	}
	if err := client.User.UpdateOneID(bob.ID).SetName("Ghost").Exec(ctx); !marked.IsNotFound(err) {
		t.Errorf("updated when he is gone: %v", err)
	}
	equal(t, "orders", count(ctx, t, client, "orders"), 0)
}
