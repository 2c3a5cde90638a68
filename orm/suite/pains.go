package suite

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/softdelete-go/softdelete"
)

// Pains has a library do what the users of ORMs complain of, and through the driver the
// answer must be the right one, with the library's own soft delete off and on.
//
// alone has the answers of those pains that the library has by itself: with its own soft
// delete, over plain pgx. It must be complete: a pain that is not there must not be felt.
// It is nil for a library without a soft delete of its own, which has all of them: there
// UPDATEs in SQL take the place of its deletes.
func Pains(t *testing.T, l Library, alone map[string]string) {
	known := make(map[string]bool)
	for _, p := range pains {
		known[p.name] = true
	}
	for name := range alone {
		if !known[name] {
			t.Errorf("there is no pain %q", name)
		}
	}
	if l.OpenOwn != nil {
		t.Run("Alone", func(t *testing.T) { feel(t, plain, l.OpenOwn, alone) })
		t.Run("OwnSoftDelete", func(t *testing.T) { feel(t, soft, l.OpenOwn, nil) })
	} else {
		t.Run("Alone", func(t *testing.T) { feel(t, plain, withoutFilter(l.Open), painsUnfiltered) })
	}
	t.Run("Driver", func(t *testing.T) { feel(t, soft, l.Open, nil) })
}

// feel has a shop answer all of them, on one database.
func feel(t *testing.T, connect func(*testing.T, string) *sql.DB, open func(*testing.T, *sql.DB) Shop, wrong map[string]string) {
	dsn := newShop(t)
	cleaner := plain(t, dsn)
	s := open(t, connect(t, dsn))
	for _, p := range pains {
		t.Run(p.name, func(t *testing.T) {
			mustExec(t, cleaner, `TRUNCATE users, profiles, orders, products, order_products, events,
				softdelete_deletions, softdelete_links, deletion_records RESTART IDENTITY CASCADE`)
			want, felt := wrong[p.name]
			switch {
			case !felt:
				want = p.right
			case want == p.right:
				t.Errorf("%s is the right answer", want)
			}
			c := new(cast)
			opening(t.Context(), new(recorder), s, c)
			if got := answer(p.do(t.Context(), s, c)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// NewPlain makes a database with the suite's schema, and a pool over pgx.
func NewPlain(t *testing.T) *sql.DB {
	t.Helper()
	return plain(t, newShop(t))
}

// NewSoft does, with a pool over the driver, under [Policy].
func NewSoft(t *testing.T) *sql.DB {
	t.Helper()
	return soft(t, newShop(t))
}

// pain is one of them, with the thread in which it was told first.
type pain struct {
	name  string
	right string
	do    func(ctx context.Context, s Shop, c *cast) (any, error)
}

// of asks after something was done.
func of[T any](first error, ask func() (T, error)) (any, error) {
	if first != nil {
		return nil, first
	}
	return ask()
}

func deleteUser(ctx context.Context, s Shop, u *User) error {
	_, err := s.DeleteUser(ctx, u.ID)
	return err
}

// deleteOpen deletes the open orders, one of Ann's and Bob's only one: those with a desk.
func deleteOpen(ctx context.Context, s Shop) error {
	_, err := s.DeleteOrdersOf(ctx, "desk")
	return err
}

func exec(ctx context.Context, s Shop, query string, args ...any) error {
	_, err := s.Exec(ctx, query, args...)
	return err
}

// In the opening Ann, 1, has the orders 1 (open, with lamp and desk) and 2 (paid, with a
// lamp), Bob, 2, has 3 (open, with a desk), and there are four more users.
var pains = []pain{
	{
		"bun#1321 OR shows deleted rows", `["Bob"]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteUser(ctx, s, c.ann), func() ([]string, error) { return names(s.Search(ctx, "ann@x", "Bob")) })
		},
	},
	{
		"gorm#6997 a join shows deleted rows", `[{"Name":"Ann","Order":2}]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteOpen(ctx, s), func() ([]Pair, error) { return s.Joined(ctx) })
		},
	},
	{
		"gorm#4918 an association that is joined shows deleted rows", `["Ann likes lamps","Bob ","Cid ","Dora ","Emma ","Finn "]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			gone := exec(ctx, s, "UPDATE profiles SET deleted_at = now() WHERE user_id = $1", c.bob.ID)
			return of(gone, func() ([]string, error) {
				us, err := s.WithProfiles(ctx)
				var all []string
				for _, u := range us {
					all = append(all, u.Name+" "+u.Bio)
				}
				return all, err
			})
		},
	},
	{
		"gorm#5378 deleted rows of a junction lead to products", `["lamp"]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			_, err := s.RemoveProduct(ctx, c.annOpen.ID, c.desk.ID)
			return of(err, func() ([]string, error) {
				us, err := s.WithOrders(ctx)
				var all []string
				for _, p := range us[0].Orders[0].Products {
					all = append(all, p.SKU)
				}
				return all, err
			})
		},
	},
	{
		"laravel#33766 and to buyers", `["Bob"]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			_, err := s.RemoveProduct(ctx, c.annOpen.ID, c.desk.ID)
			return of(err, func() ([]string, error) { return names(s.Buyers(ctx, "desk")) })
		},
	},
	{
		"safedelete#178 aggregates count deleted rows", `[{"Name":"Ann","Orders":1,"Total":2500}]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteOpen(ctx, s), func() ([]Spend, error) { return s.Spending(ctx, 0) })
		},
	},
	{
		"safedelete#148 a sub-query finds deleted rows", `[]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteOpen(ctx, s), func() ([]string, error) { return names(s.WithOpenOrders(ctx)) })
		},
	},
	{
		"ebean#2032 and where they should not be", `["Bob","Cid","Dora","Emma","Finn"]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteOpen(ctx, s), func() ([]string, error) { return names(s.WithoutOrders(ctx)) })
		},
	},
	{
		"sqlalchemy-easy-softdelete#19 a LEFT JOIN becomes an inner one, or leaks",
		`[{"Name":"Ann","Order":2},{"Name":"Bob","Order":0},{"Name":"Cid","Order":0},{"Name":"Dora","Order":0},{"Name":"Emma","Order":0},{"Name":"Finn","Order":0}]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteOpen(ctx, s), func() ([]Pair, error) { return s.LeftJoined(ctx) })
		},
	},
	{
		"efcore#11691 a row whose parent is deleted is here and not there", `[["2","2"]]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteUser(ctx, s, c.bob), func() ([][]string, error) {
				return s.Query(ctx, "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM orders o JOIN users u ON u.id = o.user_id AND u.deleted_at IS NULL)")
			})
		},
	},
	{
		"gorm PR#1469 raw SQL shows deleted rows", `[["Bob"],["Cid"],["Dora"],["Emma"],["Finn"]]`,
		rawly("SELECT name FROM users ORDER BY id"),
	},
	{
		"mybatis-plus#6075 so does a sub-query that is an argument", `[["none"]]`,
		rawly("SELECT coalesce((SELECT name FROM users WHERE email = 'ann@x'), 'none')"),
	},
	{
		"mybatis-plus#6139 so does SELECT EXISTS", `[["false"]]`,
		rawly("SELECT EXISTS (SELECT 1 FROM users WHERE email = 'ann@x')"),
	},
	{
		"sqlalchemy-easy-softdelete#21 so does a CTE", `[["5"]]`,
		rawly("WITH them AS (SELECT id FROM users) SELECT count(*) FROM them"),
	},
	{
		"mybatis-plus#5501 so does SET with a sub-query", `[["5"]]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			first := errors.Join(deleteUser(ctx, s, c.ann), exec(ctx, s, "UPDATE orders SET total = (SELECT count(*) FROM users) WHERE id = $1", c.bobOpen.ID))
			return of(first, func() ([][]string, error) {
				return s.Query(ctx, "SELECT total FROM orders WHERE id = $1", c.bobOpen.ID)
			})
		},
	},
	{
		"safedelete#242 an update changes deleted rows", `0`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteUser(ctx, s, c.ann), func() (int64, error) {
				return s.Exec(ctx, "UPDATE users SET name = 'Ghost' WHERE id = $1", c.ann.ID)
			})
		},
	},
	{
		"gorm#759 a deleted row forbids to create it again", `["desk","lamp"]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			_, err := s.RemoveProduct(ctx, c.annOpen.ID, c.desk.ID)
			return of(errors.Join(err, s.AddProduct(ctx, c.annOpen.ID, c.desk.ID)), func() ([]string, error) {
				rows, err := s.Query(ctx, "SELECT sku FROM products p JOIN order_products o ON o.product_id = p.id WHERE o.order_id = $1 ORDER BY 1", c.annOpen.ID)
				var all []string
				for _, r := range rows {
					all = append(all, r[0])
				}
				return all, err
			})
		},
	},
	{
		"gorm PR#4442 an upsert does not find the index over live rows", `"Ann anew"`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(s.Upsert(ctx, &User{Email: "ann@x", Name: "Ann anew"}), func() (string, error) {
				u, err := s.User(ctx, c.ann.ID)
				if err != nil {
					return "", err
				}
				return u.Name, nil
			})
		},
	},
	{
		"typeorm#9749 an upsert edits a row that stays deleted", `[["new"]]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			first := errors.Join(exec(ctx, s, "UPDATE profiles SET deleted_at = now() WHERE user_id = $1", c.ann.ID),
				exec(ctx, s, "INSERT INTO profiles (user_id, bio) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET bio = excluded.bio", c.ann.ID, "new"))
			return of(first, func() ([][]string, error) {
				return s.Query(ctx, "SELECT bio FROM profiles WHERE user_id = $1 AND deleted_at IS NULL", c.ann.ID)
			})
		},
	},
	{
		"gorm#591 no cascade", `0`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			return of(deleteUser(ctx, s, c.ann), func() (int64, error) { return s.CountOrders(ctx, c.ann.ID) })
		},
	},
	{
		"discard#106 a row may refer to a deleted one", `SQLSTATE 23503`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			first := deleteUser(ctx, s, c.cid)
			return of(first, func() (any, error) {
				return nil, s.CreateOrder(ctx, &Order{UserID: c.cid.ID, Status: "open", Total: 1})
			})
		},
	},
	{
		"discard#106 a row in use is deleted", `SQLSTATE 23001 or 23503`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			n, err := s.DeleteProduct(ctx, c.lamp.ID)
			var state interface{ SQLState() string }
			if errors.As(err, &state) && (state.SQLState() == "23001" || state.SQLState() == "23503") {
				return nil, inUse{} // before and since PostgreSQL 18
			}
			return n, err
		},
	},
	{
		"safedelete#244 a cleared foreign key is lost to a restore", `1`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			if err := deleteUser(ctx, s, c.ann); err != nil {
				return nil, err
			}
			if u, err := s.User(ctx, c.bob.ID); err != nil || u.ManagerID != nil {
				return "Bob has a manager whom nobody sees", err
			}
			_, err := s.RestoreUser(seeing(softdelete.OnlyDeleted(ctx, "users")), c.ann.ID)
			return of(err, func() (*int64, error) {
				u, err := s.User(ctx, c.bob.ID)
				if err != nil {
					return nil, err
				}
				return u.ManagerID, nil
			})
		},
	},
	{
		"paranoia#260 a restore brings back too much", `["paid"]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			if err := errors.Join(deleteOpen(ctx, s), deleteUser(ctx, s, c.ann)); err != nil {
				return nil, err
			}
			_, err := s.RestoreUser(seeing(softdelete.OnlyDeleted(ctx, "users")), c.ann.ID)
			return of(err, func() ([]string, error) {
				rows, err := s.WithOrders(ctx)
				var all []string
				for _, u := range rows {
					for _, o := range u.Orders {
						all = append(all, o.Status)
					}
				}
				return all, err
			})
		},
	},
	{
		"paranoia#285 a restore makes a duplicate", `SQLSTATE 23505`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			first := errors.Join(deleteUser(ctx, s, c.ann), s.CreateUser(ctx, &User{Email: "ann@x", Name: "Ann anew"}))
			return of(first, func() (int64, error) {
				return s.RestoreUser(seeing(softdelete.OnlyDeleted(ctx, "users")), c.ann.ID)
			})
		},
	},
	{
		"efcore#13668 one switch for all tables", `[6,0]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			if err := errors.Join(deleteOpen(ctx, s), deleteUser(ctx, s, c.bob)); err != nil {
				return nil, err
			}
			ctx = seeing(softdelete.WithDeleted(ctx, "users"))
			users, err := s.CountUsers(ctx)
			return of(err, func() ([]int64, error) {
				orders, err := s.CountOrders(ctx, c.bob.ID)
				return []int64{users, orders}, err
			})
		},
	},
	{
		"typeorm#9344 a second delete overwrites the first", `[0,true]`,
		func(ctx context.Context, s Shop, c *cast) (any, error) {
			marker := func() (string, error) {
				rows, err := s.Query(softdelete.WithDeleted(ctx), "SELECT deleted_at::text FROM users WHERE id = $1", c.ann.ID)
				if err != nil {
					return "", err
				}
				return rows[0][0], nil
			}
			if err := deleteUser(ctx, s, c.ann); err != nil {
				return nil, err
			}
			first, err := marker()
			if err != nil {
				return nil, err
			}
			n, err := s.DeleteUser(ctx, c.ann.ID)
			return of(err, func() ([]any, error) {
				second, err := marker()
				return []any{n, first == second}, err
			})
		},
	},
}

// inUse is the SQLSTATE of a restricted delete, which depends on the server's version.
type inUse struct{}

func (inUse) Error() string    { return "in use" }
func (inUse) SQLState() string { return "23001 or 23503" }

// rawly asks in SQL when Ann is deleted.
func rawly(query string) func(context.Context, Shop, *cast) (any, error) {
	return func(ctx context.Context, s Shop, c *cast) (any, error) {
		return of(deleteUser(ctx, s, c.ann), func() ([][]string, error) { return s.Query(ctx, query) })
	}
}

func names(us []User, err error) ([]string, error) {
	var all []string
	for _, u := range us {
		all = append(all, u.Name)
	}
	return all, err
}
