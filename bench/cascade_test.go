package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

var testSize = familySize{orders: 3, items: 4}

func testFamilies(t *testing.T, live int) *families {
	t.Helper()
	fs, err := createFamilies(t.Context(), func() (string, error) { return pgtemp.NewDatabase(t), nil }, testSize, live, 3)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// opened returns a way's handle, what it does, and the counter of its round trips.
func opened(t *testing.T, w cascadeWay, fs *families) (*sql.DB, changes, *tripCounter) {
	t.Helper()
	db, trips, err := openFamily(w.in(fs).dsn, w.driver)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	do, err := w.over(db)
	if err != nil {
		t.Fatal(err)
	}
	return db, do, trips
}

func plainDB(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// livingRows lists the rows of all tables that are neither dead nor gone, a line
// for each.
func livingRows(t *testing.T, plain *sql.DB) []string {
	t.Helper()
	return lines(t, plain, `
SELECT 'user', id FROM users WHERE deleted_at IS NULL UNION ALL
SELECT 'order', id FROM orders WHERE deleted_at IS NULL UNION ALL
SELECT 'item', id FROM items WHERE deleted_at IS NULL ORDER BY 1, 2`)
}

// familyRows are the rows of a user, written as livingRows does.
func familyRows(user int64) []string {
	rows := []string{fmt.Sprint("user", user)}
	for o := range int64(testSize.orders) {
		order := (user-1)*int64(testSize.orders) + o + 1
		rows = append(rows, fmt.Sprint("order", order))
		for i := range int64(testSize.items) {
			rows = append(rows, fmt.Sprint("item", (order-1)*int64(testSize.items)+i+1))
		}
	}
	return rows
}

func without(rows, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(r string) bool { return slices.Contains(gone, r) })
}

func TestAllWaysDeleteAndRestoreTheSameRows(t *testing.T) {
	fs := testFamilies(t, 30)
	for _, w := range cascadeWays {
		t.Run(w.name, func(t *testing.T) {
			_, do, _ := opened(t, w, fs)
			plain := plainDB(t, w.in(fs).dsn)
			before := livingRows(t, plain)
			user, err := w.in(fs).freshUser()
			if err != nil {
				t.Fatal(err)
			}
			family := familyRows(user)
			if want := 1 + testSize.children(); len(family) != want || len(without(before, family)) != len(before)-want {
				t.Fatalf("of user %d %d rows are alive, want %d", user, len(before)-len(without(before, family)), want)
			}

			if n, err := do.remove(t.Context(), user); err != nil || n != 1 {
				t.Fatalf("%d rows deleted, %v; want 1", n, err)
			}
			if got, want := livingRows(t, plain), without(before, family); !slices.Equal(got, want) {
				t.Fatalf("after the delete these are alive and should not be: %v; these should be and are not: %v", without(got, want), without(want, got))
			}
			if n, err := do.remove(t.Context(), user); err != nil || n != 0 {
				t.Errorf("%d rows deleted the second time, %v; want 0", n, err)
			}
			if do.restore == nil {
				if got := lines(t, plain, `SELECT count(*) FROM orders WHERE user_id = $1`, user); got[0] != "0" {
					t.Errorf("%s orders are left", got[0])
				}
				return
			}
			if n, err := do.restore(t.Context(), user); err != nil || n != w.restored(testSize) {
				t.Fatalf("%d rows restored, %v; want %d", n, err, w.restored(testSize))
			}
			if got := livingRows(t, plain); !slices.Equal(got, before) {
				t.Errorf("after the restore these are alive and should not be: %v; these should be and are not: %v", without(got, before), without(before, got))
			}
		})
	}
}

// An item that was deleted before its user is not part of the user's deletion.
// GORM's restore by foreign keys cannot tell, and the others do.
func TestOnlyWhatTheDeleteTookComesBack(t *testing.T) {
	fs := testFamilies(t, 30)
	for _, w := range cascadeWays {
		t.Run(w.name, func(t *testing.T) {
			_, do, _ := opened(t, w, fs)
			if do.restore == nil {
				return // nothing comes back
			}
			plain := plainDB(t, w.in(fs).dsn)
			user, err := w.in(fs).freshUser()
			if err != nil {
				t.Fatal(err)
			}
			rows := familyRows(user)
			item := strings.TrimPrefix(rows[len(rows)-1], "item")
			mustExec(t, plain, `UPDATE items SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = $1`, item)
			for _, change := range []change{do.remove, do.restore} {
				if _, err := change(t.Context(), user); err != nil {
					t.Fatal(err)
				}
			}
			got := lines(t, plain, `SELECT deleted_at IS NULL FROM items WHERE id = $1`, item)
			if want := fmt.Sprint(w.name == "GORM hooks"); got[0] != want {
				t.Errorf("the item is alive again: %s, want %s", got[0], want)
			}
		})
	}
}

// Of the ways that promise what the driver does, each refuses to restore an item
// whose order stays dead, and the naive ones do not.
func TestARestoreUnderADeadParent(t *testing.T) {
	fs := testFamilies(t, 30)
	for _, w := range cascadeWays {
		t.Run(w.name, func(t *testing.T) {
			_, do, _ := opened(t, w, fs)
			if do.restore == nil || w.name == "GORM hooks" || w.name == "triggers" {
				return // these restore by foreign keys, not by deletion ids
			}
			plain := plainDB(t, w.in(fs).dsn)
			user, err := w.in(fs).freshUser()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := do.remove(t.Context(), user); err != nil {
				t.Fatal(err)
			}
			mustExec(t, plain, `UPDATE orders SET deletion_id = gen_random_uuid() WHERE id = (SELECT min(id) FROM orders WHERE user_id = $1)`, user)
			dead := livingRows(t, plain)
			_, err = do.restore(t.Context(), user)
			if naive := w.name == "hand, naive"; naive != (err == nil) || naive == slices.Equal(livingRows(t, plain), dead) {
				t.Errorf("the restore ended with %v", err)
			}
		})
	}
}

// A way that locks waits for whoever checks the parent for a new child, and
// others do not: the price of the locks is in the figures of the former.
func TestWhichWaysLock(t *testing.T) {
	fs := testFamilies(t, 30)
	for _, w := range cascadeWays {
		t.Run(w.name, func(t *testing.T) {
			db, do, _ := opened(t, w, fs)
			if w.name == "GORM hooks" {
				return // takes what conditions it finds, in several statements
			}
			user, err := w.in(fs).freshUser()
			if err != nil {
				t.Fatal(err)
			}
			plain := plainDB(t, w.in(fs).dsn)
			for _, lock := range []string{
				`SELECT FROM users WHERE id = $1 FOR KEY SHARE`,
				`SELECT FROM orders WHERE user_id = $1 FOR KEY SHARE`,
			} {
				tx, err := plain.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tx.ExecContext(t.Context(), lock, user); err != nil {
					t.Fatal(err)
				}
				mustExec(t, db, `SET lock_timeout = '50ms'`)
				_, err = do.remove(t.Context(), user)
				if err := tx.Rollback(); err != nil {
					t.Fatal(err)
				}
				waits := err != nil && strings.Contains(err.Error(), "55P03") // lock_not_available
				if want := w.name != "hand, naive" && w.name != "triggers"; waits != want || !waits && err != nil {
					t.Errorf("%s: the delete waits: %t (%v), want %t", lock, waits, err, want)
				}
				if do.restore != nil && !waits {
					if _, err := do.restore(t.Context(), user); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

func TestRoundTrips(t *testing.T) {
	fs := testFamilies(t, 30)
	type count struct{ remove, restore int64 }
	// GORM: begin, select the orders, items of each, orders, user, commit; and
	// begin, three tables, commit.
	want := map[string]count{"GORM hooks": {5 + int64(testSize.orders), 5}, "real DELETE": {1, 0}}
	for _, w := range cascadeWays {
		t.Run(w.name, func(t *testing.T) {
			_, do, trips := opened(t, w, fs)
			var got count
			for range 2 { // the first prepares the statements
				user, err := w.in(fs).freshUser()
				if err != nil {
					t.Fatal(err)
				}
				trip := func(change change) int64 {
					if change == nil {
						return 0
					}
					before := trips.count()
					if _, err := change(t.Context(), user); err != nil {
						t.Fatal(err)
					}
					return trips.count() - before
				}
				got = count{trip(do.remove), trip(do.restore)}
			}
			expected, other := want[w.name]
			if !other {
				expected = count{1, 1}
			}
			if got != expected {
				t.Errorf("round trips: %+v, want %+v", got, expected)
			}
		})
	}
}

func TestInserts(t *testing.T) {
	fs := testFamilies(t, 10)
	f := &fs.soft
	plain := plainDB(t, f.dsn)
	dead := lines(t, plain, `SELECT min(id) FROM orders WHERE deleted_at IS NOT NULL`)[0] // of the user who was dead from the start
	const items = `SELECT count(*) FROM items`
	for _, w := range insertWays {
		for _, rows := range []int{1, 20} {
			t.Run(fmt.Sprintf("%s, %d rows", w.name, rows), func(t *testing.T) {
				db, trips, err := openFamily(f.dsn, w.driver)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				texts := insertMany
				if rows == 1 {
					texts = insertOne
				}
				insert := func(ctx context.Context, args []any) error {
					return insertItems(ctx, db, w.text(texts), args, rows)
				}
				before := lines(t, plain, items)[0]
				var took int64
				for range 2 { // the first prepares the statement
					took = trips.count()
					if err := insert(t.Context(), f.newItems(testSize, rows)); err != nil {
						t.Fatal(err)
					}
					took = trips.count() - took
				}
				if took != 1 {
					t.Errorf("%d round trips, want 1", took)
				}
				var n int
				if _, err := fmt.Sscan(before, &n); err != nil {
					t.Fatal(err)
				}
				if got, want := lines(t, plain, items)[0], fmt.Sprint(n+2*rows); got != want {
					t.Errorf("%s items, want %s", got, want)
				}

				// Items of a dead order: the plain text lets them in, the others do not.
				args := f.newItems(testSize, rows)
				var order int64
				if _, err := fmt.Sscan(dead, &order); err != nil {
					t.Fatal(err)
				}
				if orders, many := args[0].([]int64); many {
					orders[0] = order
				} else {
					args[0] = order
				}
				err = insert(t.Context(), args)
				if want := w.driver || w.name == "hand, parent locked"; (err != nil) != want {
					t.Errorf("an item of a dead order: %v; an error is wanted: %t", err, want)
				}
			})
		}
	}
}
