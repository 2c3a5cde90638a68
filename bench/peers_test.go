package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// testDatabases are dropped when the test ends.
type testDatabases struct{ *testing.T }

func (d testDatabases) create(context.Context, string) (string, error) {
	return pgtemp.NewDatabase(d.T), nil
}
func (testDatabases) drop(context.Context, string) error { return nil }

func testMarket(t *testing.T) *market {
	t.Helper()
	size := marketSize{shopSize{users: 600, orders: 1800, items: 3600}, 50, 40}
	m, err := createMarket(t.Context(), testDatabases{t}.create, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// shoppers are all peers, in their order.
func shoppers(t *testing.T, m *market) (all []*shopper, trips []*tripCounter) {
	t.Helper()
	for _, p := range peers {
		by, counter, db, err := p.open(m, 1)
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
		})
		all, trips = append(all, by), append(trips, counter)
	}
	return all, trips
}

// What reads only shares a market.
func TestTheMarketAndItsReaders(t *testing.T) {
	m := testMarket(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, *market)
	}{
		{"all peers read the same rows", peersReadTheSameRows},
		{"the market is what package ddl plans and advises", marketIsWhatPackageDDLPlansAndAdvises},
		{"the market has as many dead rows as it should", marketHasAsManyDeadRowsAsItShould},
		{"the plans are those of the hand-written", plansInTheMarketAreThoseOfTheHandWritten},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, m) })
	}
}

func peersReadTheSameRows(t *testing.T, m *market) {
	all, _ := shoppers(t, m)
	for _, c := range []struct {
		name string
		draw func() func(context.Context, *shopper) (found, error)
	}{
		{"by id", func() func(context.Context, *shopper) (found, error) {
			id := m.soft.user()
			return func(ctx context.Context, by *shopper) (found, error) { return by.byID(ctx, id) }
		}},
		{"by any id", func() func(context.Context, *shopper) (found, error) { // dead ones too
			id, _ := m.soft.fewUsers()
			return func(ctx context.Context, by *shopper) (found, error) { return by.byID(ctx, id) }
		}},
		{"by email", func() func(context.Context, *shopper) (found, error) {
			email := m.soft.email()
			return func(ctx context.Context, by *shopper) (found, error) { return by.byEmail(ctx, email) }
		}},
		{"page", func() func(context.Context, *shopper) (found, error) {
			before := m.soft.orderTime()
			return func(ctx context.Context, by *shopper) (found, error) { return by.page(ctx, "paid", before) }
		}},
		{"purchases", func() func(context.Context, *shopper) (found, error) {
			user := m.soft.user()
			return func(ctx context.Context, by *shopper) (found, error) { return by.purchases(ctx, user) }
		}},
		{"order counts", func() func(context.Context, *shopper) (found, error) {
			from, to := m.soft.fewUsers()
			return func(ctx context.Context, by *shopper) (found, error) { return by.orderCounts(ctx, from, to) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := 0
			for range 30 {
				read := c.draw()
				var want []string
				for i, by := range all {
					f, err := read(t.Context(), by)
					if err != nil {
						t.Fatalf("%s: %v", peers[i].name, err)
					}
					got := f.lines()
					if i == 0 {
						want = got
					}
					if !slices.Equal(got, want) {
						t.Fatalf("%s finds\n%s\nand %s\n%s", peers[i].name, strings.Join(got, "\n"), peers[0].name, strings.Join(want, "\n"))
					}
				}
				rows += len(want)
			}
			if rows == 0 {
				t.Error("no row was found")
			}
		})
	}
}

// What package ddl advises cannot be carried out by the plan. It is compared with
// the advice for the tables as they were before.
func marketIsWhatPackageDDLPlansAndAdvises(t *testing.T, m *market) {
	plan, err := ddl.Plan(t.Context(), m.soft.admin, marketPolicy, ddl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range plan.Up {
		t.Errorf("package ddl would still carry out: %s", s.SQL)
	}
	if len(plan.Notes) > 0 {
		t.Errorf("package ddl still advises: %s", plan.Notes)
	}

	before := plainDB(t, pgtemp.NewDatabase(t))
	mustExec(t, before, marketTables)
	if plan, err = ddl.Plan(t.Context(), before, marketPolicy, ddl.Options{}); err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(plan.Notes, "\n")
	for _, advice := range marketAdvice {
		if !strings.Contains(notes, advice+";") {
			t.Errorf("package ddl does not advise\n%s;\nbut\n%s", advice, notes)
		}
	}

	// Without markers there are the same indexes on foreign keys.
	const keys = `SELECT indexname, replace(indexdef, 'public.', '') FROM pg_indexes WHERE indexname LIKE '%\_id\_idx' AND indexdef NOT LIKE '%deletion%' ORDER BY 1`
	want := lines(t, m.soft.admin, keys)
	if len(want) != 2 {
		t.Errorf("the indexes on foreign keys are %v", want)
	}
	for _, s := range []*stall{m.gone, m.archived} {
		if got := lines(t, s.admin, keys); !slices.Equal(got, want) {
			t.Errorf("the indexes on foreign keys are %v, want %v", got, want)
		}
	}
}

func marketHasAsManyDeadRowsAsItShould(t *testing.T, m *market) {
	const live = `SELECT 'user', id, email, NULL FROM users WHERE %[1]s UNION ALL
SELECT 'order', id, status, user_id FROM orders WHERE %[1]s UNION ALL
SELECT 'item', id, sku, order_id FROM items WHERE %[1]s ORDER BY 1, 2`
	size := m.soft.size
	all := fmt.Sprintf(`SELECT %d, %d, %d, %d, %d, %d, 0`, size.users, size.users/2, size.orders, size.orders/2, size.items, size.items/2)
	counts := `SELECT (SELECT count(*) FROM users), (SELECT count(deleted_at) FROM users),
(SELECT count(*) FROM orders), (SELECT count(deleted_at) FROM orders), (SELECT count(*) FROM items), (SELECT count(deleted_at) FROM items),
(SELECT count(*) FROM orders o JOIN users u ON u.id = o.user_id WHERE o.deleted_at IS NULL AND u.deleted_at IS NOT NULL) +
(SELECT count(*) FROM items i JOIN orders o ON o.id = i.order_id WHERE i.deleted_at IS NULL AND o.deleted_at IS NOT NULL)`
	if got, want := lines(t, m.soft.admin, counts), lines(t, m.soft.admin, all); !slices.Equal(got, want) {
		t.Errorf("rows, dead rows of each table, and orphans: %v, want %v", got, want)
	}
	want := lines(t, m.soft.admin, fmt.Sprintf(live, "deleted_at IS NULL"))
	for _, s := range []*stall{m.gone, m.archived} {
		if got := lines(t, s.admin, fmt.Sprintf(live, "true")); !slices.Equal(got, want) {
			t.Errorf("%d rows, and with markers %d live ones, or not the same", len(got), len(want))
		}
	}
	if got, want := lines(t, m.archived.admin, `SELECT count(*) FROM archive`)[0], fmt.Sprint((size.users+size.orders+size.items)/2); got != want {
		t.Errorf("%s rows are archived, want %s", got, want)
	}

	// The live users who are no families have some three live orders each, and half of
	// the dead ones among them. If they were not drawn independently of their ranks,
	// few would have many.
	others := size.live(size.users) - size.families
	spread := lines(t, m.soft.admin, fmt.Sprintf(`WITH counted AS (
	SELECT u.id, count(o.id) FILTER (WHERE o.deleted_at IS NULL) AS live, count(o.deleted_at) AS dead
	FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL GROUP BY u.id
)
SELECT count(*) FILTER (WHERE live > 0) > 0.8 * %[1]d, max(live) < 15,
       sum(dead) BETWEEN 0.4 * %[2]d AND 0.6 * %[2]d, count(*) FILTER (WHERE dead > 0) > 0.6 * %[1]d FROM counted`, others, size.orders/2))[0]
	if spread != "true true true true" {
		t.Errorf("orders are spread over live users badly: %s", spread)
	}

	// A mistake in the ranks would show in the families.
	for _, user := range m.soft.families {
		got := lines(t, m.soft.admin, `SELECT count(DISTINCT o.id), count(DISTINCT i.id), count(o.deleted_at) + count(i.deleted_at)
FROM orders o JOIN items i ON i.order_id = o.id WHERE o.user_id = $1`, user)[0]
		if want := fmt.Sprint(tenChildren.orders, tenChildren.orders*tenChildren.items, 0); got != want {
			t.Fatalf("user %d has orders, items, and dead ones among them: %s, want %s", user, got, want)
		}
	}
}

// living lists live rows of a stall, each as a line.
func living(t *testing.T, s *stall) []string {
	t.Helper()
	const query = `SELECT 'user', id, email, name FROM users WHERE %[1]s UNION ALL
SELECT 'order', id, status, NULL FROM orders WHERE %[1]s UNION ALL
SELECT 'item', id, sku, NULL FROM items WHERE %[1]s ORDER BY 1, 2`
	condition := "deleted_at IS NULL"
	if lines(t, s.admin, `SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'deleted_at'`)[0] == "0" {
		condition = "true"
	}
	return lines(t, s.admin, fmt.Sprintf(query, condition))
}

func TestAllPeersChangeTheSame(t *testing.T) {
	m := testMarket(t)
	all, _ := shoppers(t, m)
	for i, by := range all {
		p := peers[i]
		s := p.in(m)
		t.Run(p.name, func(t *testing.T) {
			before := living(t, s)
			user, err := s.family(by.restoreUser != nil)
			if err != nil {
				t.Fatal(err)
			}
			gone := familyLines(t, s, user)
			if len(gone) != 1+tenChildren.children() {
				t.Fatalf("user %d and what is theirs: %v", user, gone)
			}
			twice(t, "user", by.deleteUser, user)
			if got, want := living(t, s), without(before, gone); !slices.Equal(got, want) {
				t.Fatalf("after the cascade these are alive and should not be: %v; these should be and are not: %v", without(got, want), without(want, got))
			}
			if by.restoreUser != nil {
				if n, err := by.restoreUser(t.Context(), user); err != nil || n != by.restored() {
					t.Fatalf("%d rows restored, %v; want %d", n, err, by.restored())
				}
				if got := living(t, s); !slices.Equal(got, before) {
					t.Fatalf("after the restore these are alive and should not be: %v; these should be and are not: %v", without(got, before), without(before, got))
				}
			}

			id, err := s.freshItem(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			before = living(t, s)
			twice(t, "item", by.deleteItem, id)
			if got, want := living(t, s), without(before, lines(t, s.admin, fmt.Sprintf(`SELECT 'item', %d::bigint, 'sku-%d', NULL`, id, id%1000))); !slices.Equal(got, want) || len(got) != len(before)-1 {
				t.Errorf("deleting item %d took %v and left %v", id, without(before, got), without(got, want))
			}

			before = living(t, s)
			from, to, err := s.newItems(t.Context(), 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []int64{7, 0} {
				if n, err := by.deleteItems(t.Context(), from, to); err != nil || n != want {
					t.Errorf("%d items deleted, %v; want %d", n, err, want)
				}
			}
			if got := living(t, s); !slices.Equal(got, before) {
				t.Errorf("after a delete of new items these are left: %v; these are missing: %v", without(got, before), without(before, got))
			}
		})
	}
}

// familyLines are the rows of a user as living lists them.
func familyLines(t *testing.T, s *stall, user int64) []string {
	t.Helper()
	return lines(t, s.admin, `SELECT 'user', id, email, name FROM users WHERE id = $1 UNION ALL
SELECT 'order', id, status, NULL FROM orders WHERE user_id = $1 UNION ALL
SELECT 'item', i.id, sku, NULL FROM items i JOIN orders o ON o.id = i.order_id WHERE o.user_id = $1`, user)
}

// twice deletes one row, which is then out of reach.
func twice(t *testing.T, what string, remove change, id int64) {
	t.Helper()
	for attempt, want := range []int64{1, 0} {
		if n, err := remove(t.Context(), id); err != nil || n != want {
			t.Fatalf("attempt %d to delete %s %d: %d rows, %v; want %d", attempt+1, what, id, n, err, want)
		}
	}
}

func TestAllPeersInsertTheSame(t *testing.T) {
	m := testMarket(t)
	all, _ := shoppers(t, m)
	for i, by := range all {
		p := peers[i]
		s := p.in(m)
		t.Run(p.name, func(t *testing.T) {
			// The dead user who had the email before stays as they were.
			email := s.email()
			before := living(t, s)
			for _, name := range []string{"Renamed", "Renamed again"} {
				if n, err := by.upsert(t.Context(), email, name); err != nil || n != 1 {
					t.Fatalf("the upsert of %s changed %d rows: %v", email, n, err)
				}
				now := living(t, s)
				if changed := without(now, before); len(changed) != 1 || len(now) != len(before) || !strings.Contains(changed[0], email) || !strings.HasSuffix(changed[0], name) {
					t.Fatalf("the upsert of %s made this of %d rows: %v", email, len(before), changed)
				}
			}
			before = living(t, s)
			if n, err := by.upsert(t.Context(), "somebody"+p.name, "New"); err != nil || n != 1 {
				t.Fatalf("the upsert of somebody new changed %d rows: %v", n, err)
			}
			if added := without(living(t, s), before); len(added) != 1 || !strings.Contains(added[0], "somebody"+p.name) {
				t.Fatalf("the upsert of somebody new made this: %v", added)
			}
			done := 0
			for _, insert := range []inserting{by.insert, by.insertInline} {
				if insert == nil {
					continue
				}
				done++
				users := s.newUsers(5)
				if n, err := insert(t.Context(), users); err != nil || n != 5 {
					t.Fatalf("%d users inserted, %v; want 5", n, err)
				}
				for _, u := range users {
					got := lines(t, s.admin, `SELECT email, name, created_at = $2 FROM users WHERE email = $1`, u.Email, u.CreatedAt)
					if want := fmt.Sprint(u.Email, u.Name, true); !slices.Equal(got, []string{want}) {
						t.Errorf("inserted was %v, want %s", got, want)
					}
				}
			}
			if done == 0 {
				t.Error("it inserts nothing")
			}
		})
	}
}

// otherTrips are the round trips of what takes another number of them than one; with
// none a peer cannot do it. What GORM tuned prepares in a transaction is prepared
// anew in the next one, and closed.
var otherTrips = map[string]map[string]int64{
	"no dead rows": {"restore": 0},
	"GORM": {
		"3-join": 3, "single delete": 3, "upsert": 3, "cascade delete": 7, "restore": 5, "delete of 1,000": 3,
		"bulk insert, literals": 0, "bulk insert, parameters": 3,
	},
	"GORM tuned": {"3-join": 3, "cascade delete": 5, "restore": 11, "bulk insert, literals": 0},
	"Bun":        {"3-join": 3, "cascade delete": 5, "restore": 5, "bulk insert, parameters": 0},
	"Ent":        {"3-join": 3, "cascade delete": 5, "restore": 5, "bulk insert, literals": 0},
}

func TestRoundTripsOfPeers(t *testing.T) {
	m := testMarket(t)
	all, trips := shoppers(t, m)
	for i, by := range all {
		p := peers[i]
		t.Run(p.name, func(t *testing.T) {
			s := p.in(m)
			s.users = s.families[len(s.families)-1:] // with orders, and with as many each time
			for _, task := range tasks {
				got := make([]int64, len(task.phases))
				for range 4 { // the first prepares the statements
					drawn, err := task.draw(t.Context(), s, by)
					if err != nil {
						t.Fatal(err)
					}
					for n, call := range drawn {
						if call == nil {
							continue
						}
						before := trips[i].count()
						if err := call(t.Context()); err != nil {
							t.Fatalf("%s: %v", task.phases[n], err)
						}
						got[n] = trips[i].count() - before
					}
				}
				for n, phase := range task.phases {
					want, other := otherTrips[p.name][phase]
					if !other {
						want = 1
					}
					if got[n] != want {
						t.Errorf("%s: %d round trips, want %d", phase, got[n], want)
					}
				}
			}
		})
	}
}

func plansInTheMarketAreThoseOfTheHandWritten(t *testing.T, m *market) {
	hand := plainDB(t, m.soft.dsn)
	hand.SetMaxOpenConns(1)
	driver, err := softdelete.Open(m.soft.dsn, marketPolicy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { driver.Close() })
	driver.SetMaxOpenConns(1)
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		for _, db := range []*sql.DB{hand, driver} {
			mustExec(t, db, "SET plan_cache_mode = "+mode)
		}
		for _, o := range []struct {
			name, hand, plain string
			args              []any
		}{
			{"point read by id", handTexts.byID, plainTexts.byID, []any{int64(7)}},
			{"read by email", handTexts.byEmail, plainTexts.byEmail, []any{"user77@example.com"}},
			{"list page", handTexts.page, plainTexts.page, []any{"paid", m.soft.orderTime()}},
			{"3-join", handTexts.purchases, plainTexts.purchases, []any{m.soft.users[0]}},
			{"LEFT JOIN aggregate", handTexts.orderCounts, plainTexts.orderCounts, []any{int64(1), int64(100)}},
		} {
			t.Run(mode+"/"+o.name, func(t *testing.T) {
				want, got := plan(t, hand, o.hand, o.args), plan(t, driver, o.plain, o.args)
				if got != want {
					t.Errorf("through the driver:\n%s\nhand-written:\n%s", got, want)
				}
				// Plans that cannot differ would prove nothing.
				if plan(t, hand, o.plain, o.args) == want {
					t.Errorf("the text without its condition has the same plan:\n%s", want)
				}
			})
		}
	}
}
