package suite

import (
	"context"
	"database/sql"
	"slices"
	"testing"

	"github.com/softdelete-go/softdelete"
)

// scopes checks what has no equivalent among real deletes: a library's reads, deletes
// and updates under scopes, and restores.
func scopes(t *testing.T, connect func(*testing.T, string) *sql.DB, open func(*testing.T, *sql.DB) Shop) {
	start := func(t *testing.T) *shopkeeper {
		k := &shopkeeper{T: t, c: new(cast), dsn: newShop(t)}
		k.db, k.plain = connect(t, k.dsn), plain(t, k.dsn)
		k.shop, k.all = open(t, k.db), Reference(t, k.plain)
		r := new(recorder)
		opening(t.Context(), r, k.shop, k.c)
		k.before = k.read(t.Context(), k.shop)
		k.same("delete Ann", "1", func() (any, error) { return k.shop.DeleteUser(t.Context(), k.c.ann.ID) })
		k.same("delete Dora", "1", func() (any, error) { return k.shop.DeleteUser(t.Context(), k.c.dora.ID) })
		return k
	}
	t.Run("WithDeleted", func(t *testing.T) { start(t).withDeleted() })
	t.Run("WithDeletedOfOneTable", func(t *testing.T) { start(t).withDeletedUsers() })
	t.Run("OnlyDeleted", func(t *testing.T) { start(t).onlyDeleted() })
	t.Run("HardDelete", func(t *testing.T) { start(t).hardDelete() })
	t.Run("Restore", func(t *testing.T) { start(t).restore() })
	t.Run("RestoreByUpdate", func(t *testing.T) { start(t).restoreByUpdate() })
	t.Run("ActorAndReason", func(t *testing.T) { start(t).actor() })
}

type shopkeeper struct {
	*testing.T
	c      *cast
	dsn    string
	db     *sql.DB // through the driver
	plain  *sql.DB
	shop   Shop // the library, through the driver
	all    Shop // plain SQL over pgx: sees every row
	before []step
}

func (k *shopkeeper) read(ctx context.Context, s Shop) []step {
	r := new(recorder)
	reading(ctx, r, s, k.c, "read")
	return r.steps
}

func (k *shopkeeper) same(what, want string, f func() (any, error)) {
	k.Helper()
	if got := answer(f()); got != want {
		k.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func (k *shopkeeper) plainly(query string, args ...any) string {
	k.Helper()
	return answer(k.all.Query(k.Context(), query, args...))
}

// withDeleted: a scope over all tables shows what plain SQL shows.
func (k *shopkeeper) withDeleted() {
	ctx := seeing(softdelete.WithDeleted(k.Context()))
	want := k.read(k.Context(), k.all)
	compare(k.T, "under WithDeleted, compared with plain SQL", want, k.read(ctx, k.shop), false)
	if slices.Equal(want, k.read(k.Context(), k.shop)) {
		k.Error("without a scope the same is seen")
	}
	k.same("rename a deleted user", "1", func() (any, error) { return k.shop.Rename(ctx, k.c.ann.ID, "Ann, deleted") })
	k.same("renamed", `[["Ann, deleted"]]`, func() (any, error) {
		return k.all.Query(k.Context(), "SELECT name FROM users WHERE id = $1", k.c.ann.ID)
	})
}

// withDeletedUsers: users all, orders live.
func (k *shopkeeper) withDeletedUsers() {
	ctx := seeing(softdelete.WithDeleted(k.Context(), "users"))
	k.same("users", k.plainly("SELECT count(*)::text FROM users"), func() (any, error) {
		n, err := k.shop.Query(ctx, "SELECT count(*) FROM users")
		return n, err
	})
	k.same("count", "6", func() (any, error) { return k.shop.CountUsers(ctx) })
	k.same("orders of Ann", "0", func() (any, error) { return k.shop.CountOrders(ctx, k.c.ann.ID) })
	k.same("orders of Bob", "1", func() (any, error) { return k.shop.CountOrders(ctx, k.c.bob.ID) })
	k.same("join", k.plainly("SELECT 'Bob'::text, id::text FROM orders WHERE deleted_at IS NULL"), func() (any, error) {
		pairs, err := k.shop.Joined(ctx)
		return texts(pairs), err
	})
}

func texts(pairs []Pair) (rows [][]string) {
	for _, p := range pairs {
		rows = append(rows, []string{p.Name, answer(p.Order, nil)})
	}
	return rows
}

func (k *shopkeeper) onlyDeleted() {
	ctx := seeing(softdelete.OnlyDeleted(k.Context(), "users"))
	k.same("count", "2", func() (any, error) { return k.shop.CountUsers(ctx) })
	k.same("page", answer([]User{{ID: k.c.ann.ID, Email: "ann@x", Name: "Ann"}, {ID: k.c.dora.ID, Email: "dora@x", Name: "Dora"}}, nil),
		func() (any, error) { return k.shop.Page(ctx, 10, 0) })
	k.same("a deleted user", answer(&User{ID: k.c.ann.ID, Email: "ann@x", Name: "Ann"}, nil),
		func() (any, error) { return k.shop.User(ctx, k.c.ann.ID) })
	k.same("a live user", "not found", func() (any, error) { return k.shop.User(ctx, k.c.bob.ID) })
	k.same("exists", "true", func() (any, error) { return k.shop.ExistsUser(ctx, "ann@x") })
	k.same("a live one exists", "false", func() (any, error) { return k.shop.ExistsUser(ctx, "bob@x") })
	k.same("rename a live user", "0", func() (any, error) { return k.shop.Rename(ctx, k.c.bob.ID, "Ghost") })
}

// hardDelete: of a live row, of a deleted one, and of all deleted ones.
func (k *shopkeeper) hardDelete() {
	ctx := seeing(softdelete.HardDelete(k.Context()))
	left := func() string { return k.plainly("SELECT name FROM users ORDER BY id") }
	k.same("a live row", "1", func() (any, error) { return k.shop.DeleteUser(ctx, k.c.bob.ID) })
	k.same("a deleted row", "1", func() (any, error) { return k.shop.DeleteUser(ctx, k.c.dora.ID) })
	if got, want := left(), `[["Ann"],["Cid"],["Emma"],["Finn"]]`; got != want {
		k.Errorf("left are %s, want %s", got, want)
	}
	k.same("the deleted rows of a pattern", "1", func() (any, error) {
		return k.shop.DeleteUsers(softdelete.OnlyDeleted(ctx, "users"), "%n%")
	})
	if got, want := left(), `[["Cid"],["Emma"],["Finn"]]`; got != want {
		k.Errorf("left are %s, want %s", got, want)
	}
	if got := k.plainly("SELECT * FROM orders"); got != "[]" {
		k.Errorf("orders are left: %s", got)
	}
}

// restore brings everything back.
func (k *shopkeeper) restore() {
	for _, u := range []*User{k.c.ann, k.c.dora} {
		n, err := softdelete.Restore(k.Context(), k.db, "users", u.ID)
		if err != nil || n < 1 {
			k.Errorf("restore of %s: %d rows, %v", u.Name, n, err)
		}
	}
	compare(k.T, "after the restore, compared with before the delete", k.before, k.read(k.Context(), k.shop), false)
}

// restoreByUpdate does, by the library's own update of the marker.
func (k *shopkeeper) restoreByUpdate() {
	for _, u := range []*User{k.c.ann, k.c.dora} {
		k.same("restore "+u.Name, "1", func() (any, error) {
			return k.shop.RestoreUser(seeing(softdelete.OnlyDeleted(k.Context(), "users")), u.ID)
		})
	}
	compare(k.T, "after the restore, compared with before the delete", k.before, k.read(k.Context(), k.shop), false)
}

func (k *shopkeeper) actor() {
	ctx := softdelete.WithReason(softdelete.WithActor(k.Context(), "ann"), "asked for it")
	k.same("delete", "1", func() (any, error) { return k.shop.DeleteUser(ctx, k.c.bob.ID) })
	got := k.plainly("SELECT table_name, rows->>'users' FROM softdelete_deletions WHERE actor = 'ann' AND reason = 'asked for it'")
	if want := `[["users","1"]]`; got != want {
		k.Errorf("the journal has %s, want %s", got, want)
	}
}
