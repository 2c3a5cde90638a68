package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// Two programs, or two parts of one, see the same database under different policies, at
// once and with the same texts.
func TestSeveralPoliciesOverOneDatabase(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, `
		CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, hidden boolean NOT NULL DEFAULT false);
		CREATE TABLE notes (id int PRIMARY KEY, deleted_at timestamptz);
		INSERT INTO users VALUES (1), (2), (3); INSERT INTO notes VALUES (1), (2), (3)`)
	policies := []struct {
		policy       softdelete.Policy
		users, notes string
	}{
		{softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "notes"}}}, "2,3", "2,3"},
		{softdelete.Policy{Tables: []softdelete.Table{{Name: "users", Column: "hidden", Marker: softdelete.Flag}}}, "1,3", "1,2,3"},
		{softdelete.Policy{Tables: []softdelete.Table{{Name: "notes"}}}, "1,2,3", "2,3"},
	}
	var dbs []*sql.DB
	for _, p := range policies {
		dbs = append(dbs, openOurs(t, dsn, p.policy))
	}
	mustExec(t, dbs[0], "DELETE FROM users WHERE id = 1")
	mustExec(t, dbs[1], "DELETE FROM users WHERE id = 2")
	mustExec(t, dbs[2], "DELETE FROM notes WHERE id = 1")
	var wg sync.WaitGroup
	for i, p := range policies {
		for range 2 {
			wg.Go(func() {
				for range 25 {
					for text, want := range map[string]string{"SELECT id FROM users ORDER BY id": p.users, "SELECT id FROM notes ORDER BY id": p.notes} {
						want = "[" + strings.ReplaceAll(want, ",", " ") + "]"
						if got := outcomeOf(dbs[i].QueryContext(t.Context(), text)); got != want {
							t.Errorf("under policy %d %s gives %s, want %s", i, text, got, want)
							return
						}
					}
				}
			})
		}
	}
	wg.Wait()
	equalText(t, "all users", all(t, plain, "SELECT count(*) FROM users"), "3")
}

// Each tenant has a schema, and a pool of its own that leads there.
func TestSchemasOfTenants(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	const tenants = 3
	for i := 1; i <= tenants; i++ {
		mustExec(t, plain, fmt.Sprintf(`
			CREATE SCHEMA tenant%d;
			CREATE TABLE tenant%[1]d.users (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
			CREATE TABLE tenant%[1]d.orders (id int PRIMARY KEY, user_id int REFERENCES tenant%[1]d.users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
			INSERT INTO tenant%[1]d.users VALUES (1), (2); INSERT INTO tenant%[1]d.orders VALUES (10, 1), (20, 2)`, i))
	}
	of := func(schema string) softdelete.Policy {
		return softdelete.Policy{
			Tables: []softdelete.Table{{Name: schema + ".users", DeletionID: "deletion_id"}, {Name: schema + ".orders", DeletionID: "deletion_id"}},
			ForeignKeys: []softdelete.ForeignKey{{
				Table: schema + ".orders", Columns: []string{"user_id"}, RefTable: schema + ".users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade,
			}},
		}
	}
	everywhere := of("x")
	everywhere.Tables[0].Name, everywhere.Tables[1].Name = "*.users", "*.orders"
	everywhere.ForeignKeys[0].Table, everywhere.ForeignKeys[0].RefTable = "orders", "users"
	t.Run("a policy for each", func(t *testing.T) {
		eachTenant(t, plain, dsn, tenants, func(i int) softdelete.Policy { return of(fmt.Sprintf("tenant%d", i)) })
	})
	t.Run("one policy for all", func(t *testing.T) {
		eachTenant(t, plain, dsn, tenants, func(int) softdelete.Policy { return everywhere })
	})
	// What is discovered has an entry for each schema, and a name without one may mean
	// any of them.
	t.Run("discovered", func(t *testing.T) {
		db := openOurs(t, dsn+"&search_path=tenant2", softdelete.Policy{Discover: true})
		_, err := db.ExecContext(t.Context(), "DELETE FROM users WHERE id = 1")
		if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "qualify the name with its schema") {
			t.Errorf("got %v", err)
		}
		mustExec(t, db, "DELETE FROM tenant2.users WHERE id = 1")
		equalText(t, "users", all(t, db, "SELECT id FROM users"), "2")
		equalText(t, "orders", all(t, db, "SELECT id FROM orders"), "20")
	})
}

func eachTenant(t *testing.T, plain *sql.DB, dsn string, tenants int, policy func(int) softdelete.Policy) {
	t.Helper()
	ctx := t.Context()
	for i := 1; i <= tenants; i++ {
		db := openOurs(t, dsn+fmt.Sprintf("&search_path=tenant%d", i), policy(i))
		equalText(t, "deleted before", outcomeOf(db.QueryContext(softdelete.OnlyDeleted(ctx), "SELECT id FROM users")), "[]")
		mustExec(t, db, "DELETE FROM users WHERE id = 1")
		equalText(t, "users", all(t, db, "SELECT id FROM users ORDER BY id"), "2")
		equalText(t, "users by schema", all(t, db, fmt.Sprintf("SELECT id FROM tenant%d.users ORDER BY id", i)), "2")
		equalText(t, "orders", all(t, db, "SELECT id FROM orders ORDER BY id"), "20")
		for other := 1; other <= tenants; other++ {
			want := "0"
			if other == i {
				want = "1"
			}
			equalText(t, fmt.Sprintf("deleted of tenant %d", other), all(t, plain, fmt.Sprintf("SELECT count(*) FROM tenant%d.users WHERE deleted_at IS NOT NULL", other)), want)
		}
		n, err := softdelete.Restore(ctx, db, fmt.Sprintf("tenant%d.users", i), 1)
		if err != nil || n != 2 {
			t.Errorf("Restore for tenant %d: %d, %v", i, n, err)
		}
	}
}

// What goes through the connection beneath goes past the policy, and leaves the
// connection what it was to the driver.
func TestRawConnections(t *testing.T) {
	ours, plain := openFamily(t)
	ctx := t.Context()
	conn, err := ours.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	mustExec(t, plain, "UPDATE users SET deleted_at = now() WHERE id = 3")
	raw := func(do func(context.Context, *stdlib.Conn) error) {
		t.Helper()
		if err := conn.Raw(func(c any) error {
			if _, ok := c.(*stdlib.Conn); ok {
				return fmt.Errorf("Raw itself hands out a %T", c)
			}
			return do(ctx, softdelete.Unwrap(c).(*stdlib.Conn))
		}); err != nil {
			t.Fatal(err)
		}
	}
	raw(func(ctx context.Context, c *stdlib.Conn) error {
		var n int
		if err := c.Conn().QueryRow(ctx, "SELECT count(*) FROM users").Scan(&n); err != nil || n != 3 {
			return fmt.Errorf("%d users, %w", n, err)
		}
		_, err := c.Conn().Exec(ctx, "BEGIN")
		return err
	})
	// A transaction that was begun beneath is one to the driver as well.
	mustConn := func(text string) {
		t.Helper()
		if _, err := conn.ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	mustConn("DELETE FROM users WHERE id = 1")
	equalText(t, "users", all(t, conn, "SELECT id FROM users"), "2")
	equalText(t, "users outside the transaction", all(t, ours, "SELECT id FROM users ORDER BY id"), "1,2")
	raw(func(ctx context.Context, c *stdlib.Conn) error {
		_, err := c.Conn().Exec(ctx, "ROLLBACK")
		return err
	})
	equalText(t, "users after the rollback", all(t, conn, "SELECT id FROM users ORDER BY id"), "1,2")
	// What the connection beneath prepares, EXECUTE does not reach.
	raw(func(ctx context.Context, c *stdlib.Conn) error {
		_, err := c.Conn().Exec(ctx, "PREPARE everyone AS SELECT id FROM users")
		return err
	})
	if _, err := conn.QueryContext(ctx, "EXECUTE everyone"); err == nil || !strings.Contains(err.Error(), "was not seen to be prepared") {
		t.Errorf("EXECUTE gives %v", err)
	}
}
