package softdeletetest_test

import (
	"context"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/softdeletetest"
)

// What a test of an application's own functions says.
func Example() {
	test := func(t *testing.T) {
		ctx := context.Background()
		db, err := softdelete.Open("postgres://app@localhost/shop_test", softdelete.Policy{Discover: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()

		if _, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 7); err != nil {
			t.Fatal(err)
		}
		softdeletetest.AssertDeleted(t, db, "users", 7)
		softdeletetest.AssertDeleted(t, db, "order_items", 12, 1) // order_id, line: the cascade reached it
		softdeletetest.AssertLive(t, db, "users", 8)
		softdeletetest.AssertRestores(t, db, "users", 7)

		if _, err := db.ExecContext(softdelete.HardDelete(ctx, "users"), "DELETE FROM users WHERE id = $1", 9); err != nil {
			t.Fatal(err)
		}
		softdeletetest.AssertGone(t, db, "users", 9)
	}
	_ = test
}

func ExampleClock() {
	purge := func(ctx context.Context, db softdelete.Execer) error {
		_, err := db.ExecContext(softdelete.HardDelete(softdelete.OnlyDeleted(ctx, "users"), "users"),
			"DELETE FROM users WHERE deleted_at < now() - interval '90 days'")
		return err
	}
	test := func(t *testing.T, db softdelete.Execer) {
		ctx := context.Background()
		clock := softdeletetest.NewClock(t, db)
		if _, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 7); err != nil {
			t.Fatal(err)
		}
		clock.Advance(89 * 24 * time.Hour)
		if err := purge(ctx, db); err != nil {
			t.Fatal(err)
		}
		softdeletetest.AssertDeleted(t, db, "users", 7)

		clock.Advance(2 * 24 * time.Hour)
		if err := purge(ctx, db); err != nil {
			t.Fatal(err)
		}
		softdeletetest.AssertGone(t, db, "users", 7)
	}
	_ = test
}
