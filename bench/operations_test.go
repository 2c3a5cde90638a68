package main

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// testShop returns the shop of a quick run, with the ways into it.
func testShop(t *testing.T) (hand, driver *way, args *arguments) {
	t.Helper()
	ws, err := openWays(pgtemp.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ws.close(); err != nil {
			t.Error(err)
		}
	})
	hand, driver = ws[0], ws[len(ws)-1]
	if hand.name != "hand-written" || driver.name != "driver" {
		t.Fatalf("the first and the last way are %q and %q", hand.name, driver.name)
	}
	if err := createShop(t.Context(), hand.db, quick.shop); err != nil {
		t.Fatal(err)
	}
	if args, err = newArguments(t.Context(), hand.db); err != nil {
		t.Fatal(err)
	}
	return hand, driver, args
}

// lines returns the rows of a query, a line for each.
func lines(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	var result []string
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		result = append(result, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return result
}

func TestBothWaysReadTheSameRows(t *testing.T) {
	hand, driver, args := testShop(t)
	for _, o := range operations {
		if o.columns == 0 {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			found, deadFound := 0, false
			for range 100 {
				a, err := o.args(args)
				if err != nil {
					t.Fatal(err)
				}
				want, got := lines(t, hand.db, o.hand, a...), lines(t, driver.db, o.plain, a...)
				if !slices.Equal(got, want) {
					t.Fatalf("with %v the driver returns\n%s\nand the hand-written statement\n%s", a, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				found += len(want)
				deadFound = deadFound || !slices.Equal(want, lines(t, hand.db, o.plain, a...))
			}
			if found == 0 {
				t.Error("no arguments found a row")
			}
			// The point reads ask for live users, which are there in any case.
			if want := o.name != "point read by id"; deadFound != want {
				t.Errorf("dead rows made a difference to the plain text: %t, want %t", deadFound, want)
			}
		})
	}
	o := operations[0]
	dead := lines(t, hand.db, `SELECT id FROM users WHERE deleted_at IS NOT NULL`)
	if len(dead) == 0 {
		t.Fatal("no user is dead")
	}
	for _, id := range dead[:10] {
		if got := lines(t, driver.db, o.plain, id); len(got) > 0 {
			t.Errorf("the driver shows the dead user %s: %v", id, got)
		}
	}
}

func TestBothWaysDeleteTheSame(t *testing.T) {
	hand, driver, args := testShop(t)
	i := slices.IndexFunc(operations, func(o operation) bool { return o.columns == 0 })
	o := operations[i]
	const state = `SELECT count(*), count(deleted_at), count(*) FILTER (WHERE deleted_at > '2026-01-01') FROM items`
	for _, w := range []*way{hand, driver} {
		a, err := o.args(args)
		if err != nil {
			t.Fatal(err)
		}
		before := lines(t, hand.db, state)
		for attempt, want := range []int64{1, 0} { // once dead, it is out of reach
			if n, err := o.run(t.Context(), w, a); err != nil || n != want {
				t.Fatalf("%s, attempt %d: %d rows, %v; want %d", w.name, attempt+1, n, err, want)
			}
		}
		var rows, dead, now int
		if _, err := fmt.Sscan(before[0], &rows, &dead, &now); err != nil {
			t.Fatal(err)
		}
		if got, want := lines(t, hand.db, state)[0], fmt.Sprint(rows, dead+1, now+1); got != want {
			t.Errorf("%s: all, dead and lately dead rows are %s, want %s", w.name, got, want)
		}
		if got := lines(t, hand.db, `SELECT deleted_at IS NOT NULL FROM items WHERE id = $1`, a...); !slices.Equal(got, []string{"true"}) {
			t.Errorf("%s: the row is dead: %v", w.name, got)
		}
	}
}

// literal writes an argument into a text, for EXECUTE.
func literal(t *testing.T, v any) string {
	t.Helper()
	switch v := v.(type) {
	case int64:
		return fmt.Sprint(v)
	case string:
		return "'" + v + "'"
	case time.Time:
		return "'" + v.Format(time.RFC3339Nano) + "'"
	}
	t.Fatalf("an argument is a %T", v)
	return ""
}

// plan returns what EXPLAIN says of a text sent through db.
func plan(t *testing.T, db *sql.DB, text string, args []any) string {
	t.Helper()
	var literals []string
	for _, a := range args {
		literals = append(literals, literal(t, a))
	}
	run := func(s string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	run("PREPARE explained AS " + text)
	defer run("DEALLOCATE explained")
	return strings.Join(lines(t, db, "EXPLAIN (VERBOSE) EXECUTE explained("+strings.Join(literals, ", ")+")"), "\n")
}

func TestThePlansAreThoseOfTheHandWritten(t *testing.T) {
	hand, driver, args := testShop(t)
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		for _, w := range []*way{hand, driver} {
			if _, err := w.db.ExecContext(t.Context(), "SET plan_cache_mode = "+mode); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range operations {
			t.Run(mode+"/"+o.name, func(t *testing.T) {
				a, err := o.args(args)
				if err != nil {
					t.Fatal(err)
				}
				want, got := plan(t, hand.db, o.hand, a), plan(t, driver.db, o.plain, a)
				if got != want {
					t.Errorf("through the driver:\n%s\nhand-written:\n%s", got, want)
				}
				// Plans that cannot differ would prove nothing.
				if plan(t, hand.db, o.plain, a) == want {
					t.Errorf("the text without its condition has the same plan:\n%s", want)
				}
			})
		}
	}
}

func TestTheStatementsAreOfTheShop(t *testing.T) {
	hand, driver, _ := testShop(t)
	for _, s := range statements {
		t.Run(s.name, func(t *testing.T) {
			args := make([]any, s.args)
			for i := range args {
				args[i] = int64(7)
			}
			if got := plan(t, driver.db, s.sql, args); got == plan(t, hand.db, s.sql, args) {
				t.Errorf("the driver changes nothing in the plan:\n%s", got)
			}
		})
	}
}
