package suite

import (
	"context"
	"errors"
	"strings"
)

// errRollback makes a transaction of the script roll back.
var errRollback = errors.New("roll back")

// script is the shop's day. Its steps are recorded; what they answer has to be the
// same whether deletes are real or not.
func script(ctx context.Context, r *recorder, s Shop) {
	c := &cast{}
	opening(ctx, r, s, c)
	reading(ctx, r, s, c, "full shop")
	changing(ctx, r, s, c)
	deleting(ctx, r, s, c)
	reading(ctx, r, s, c, "after deletes")
	returning(ctx, r, s, c)
	transactions(ctx, r, s, c)
	bulk(ctx, r, s, c)
	reading(ctx, r, s, c, "in the end")
	rawSQL(ctx, r, s, c)
}

// cast are those who appear in it.
type cast struct {
	ann, bob, cid, dora *User
	emma, finn          *User // created in bulk
	lamp, desk, chair   *Product
	annOpen, annPaid    *Order
	bobOpen             *Order
}

func opening(ctx context.Context, r *recorder, s Shop, c *cast) {
	c.ann = &User{Email: "ann@x", Name: "Ann"}
	c.bob = &User{Email: "bob@x", Name: "Bob"}
	c.cid = &User{Email: "cid@x", Name: "Cid"}
	c.dora = &User{Email: "dora@x", Name: "Dora"}
	for _, u := range []*User{c.ann, c.bob, c.cid, c.dora} {
		r.do("create "+u.Name, func() (any, error) { return &u.ID, s.CreateUser(ctx, u) })
	}
	c.emma, c.finn = &User{Email: "emma@x", Name: "Emma"}, &User{Email: "finn@x", Name: "Finn"}
	r.do("create two users in one statement", func() (any, error) {
		err := s.CreateUsers(ctx, []*User{c.emma, c.finn})
		return []int64{c.emma.ID, c.finn.ID}, err
	})
	r.do("profile of Ann", func() (any, error) { return nil, s.CreateProfile(ctx, c.ann.ID, "likes lamps") })
	r.do("profile of Bob", func() (any, error) { return nil, s.CreateProfile(ctx, c.bob.ID, "likes desks") })
	c.lamp, c.desk, c.chair = &Product{SKU: "lamp", Name: "Lamp"}, &Product{SKU: "desk", Name: "Desk"}, &Product{SKU: "chair", Name: "Chair"}
	for _, p := range []*Product{c.lamp, c.desk, c.chair} {
		r.do("create "+p.Name, func() (any, error) { return &p.ID, s.CreateProduct(ctx, p) })
	}
	c.annOpen = &Order{UserID: c.ann.ID, Status: "open", Total: 1000}
	c.annPaid = &Order{UserID: c.ann.ID, Status: "paid", Total: 2500}
	c.bobOpen = &Order{UserID: c.bob.ID, Status: "open", Total: 700}
	for _, o := range []*Order{c.annOpen, c.annPaid, c.bobOpen} {
		r.do("create order", func() (any, error) { return &o.ID, s.CreateOrder(ctx, o) })
	}
	for _, l := range []struct {
		o *Order
		p *Product
	}{{c.annOpen, c.lamp}, {c.annOpen, c.desk}, {c.annPaid, c.lamp}, {c.bobOpen, c.desk}} {
		r.do("add "+l.p.Name, func() (any, error) { return nil, s.AddProduct(ctx, l.o.ID, l.p.ID) })
	}
	r.do("event", func() (any, error) { return nil, s.CreateEvent(ctx, c.ann.ID, "signed up") })
	r.do("Ann manages Bob", func() (any, error) { return s.SetManager(ctx, c.bob.ID, &c.ann.ID) })
	r.do("Ann manages Cid", func() (any, error) { return s.SetManager(ctx, c.cid.ID, &c.ann.ID) })
	r.do("email is taken", func() (any, error) { return nil, s.CreateUser(ctx, &User{Email: "ann@x", Name: "Other"}) })
	r.do("order of nobody", func() (any, error) {
		return nil, s.CreateOrder(ctx, &Order{UserID: 4711, Status: "open", Total: 1})
	})
}

// reading asks everything that can be asked.
func reading(ctx context.Context, r *recorder, s Shop, c *cast, when string) {
	do := func(what string, f func() (any, error)) { r.do(when+": "+what, f) }
	for _, u := range []*User{c.ann, c.bob, c.cid} {
		do(u.Name+" by id", func() (any, error) { return s.User(ctx, u.ID) })
		do(u.Name+" by email", func() (any, error) { return s.UserByEmail(ctx, u.Email) })
		do("orders of "+u.Name, func() (any, error) { return s.CountOrders(ctx, u.ID) })
		do(u.Name+" exists", func() (any, error) { return s.ExistsUser(ctx, u.Email) })
	}
	do("by ids", func() (any, error) { return s.Users(ctx, []int64{c.ann.ID, c.bob.ID, c.emma.ID, 4711}) })
	do("first page", func() (any, error) { return s.Page(ctx, 2, 0) })
	do("second page", func() (any, error) { return s.Page(ctx, 2, 2) })
	do("with orders", func() (any, error) { return s.WithOrders(ctx) })
	do("with profiles", func() (any, error) { return s.WithProfiles(ctx) })
	do("managed by Ann", func() (any, error) { return s.Managed(ctx, c.ann.ID) })
	do("count", func() (any, error) { return s.CountUsers(ctx) })
	do("spending", func() (any, error) { return s.Spending(ctx, 500) })
	do("join", func() (any, error) { return s.Joined(ctx) })
	do("left join", func() (any, error) { return s.LeftJoined(ctx) })
	do("buyers of lamps", func() (any, error) { return s.Buyers(ctx, "lamp") })
	do("buyers of desks", func() (any, error) { return s.Buyers(ctx, "desk") })
	do("with open orders", func() (any, error) { return s.WithOpenOrders(ctx) })
	do("without orders", func() (any, error) { return s.WithoutOrders(ctx) })
	do("either or", func() (any, error) { return s.Search(ctx, "ann@x", "Bob") })
}

func changing(ctx context.Context, r *recorder, s Shop, c *cast) {
	r.do("rename", func() (any, error) { return s.Rename(ctx, c.dora.ID, "Dora the Second") })
	r.do("rename nobody", func() (any, error) { return s.Rename(ctx, 4711, "Nobody") })
	r.do("save", func() (any, error) {
		u, err := s.User(ctx, c.emma.ID)
		if err != nil {
			return nil, err
		}
		u.Name = "Emma saved"
		return nil, s.Save(ctx, u)
	})
	r.do("saved", func() (any, error) { return s.User(ctx, c.emma.ID) })
	r.do("close orders", func() (any, error) { return s.CloseOrders(ctx, c.bob.ID) })
	r.do("upsert of a new email", func() (any, error) {
		u := &User{Email: "gus@x", Name: "Gus"}
		return &u.ID, s.Upsert(ctx, u)
	})
	r.do("upsert of a live email", func() (any, error) {
		u := &User{Email: "gus@x", Name: "Gus again"}
		return &u.ID, s.Upsert(ctx, u)
	})
	r.do("ensure of a live email", func() (any, error) { return s.Ensure(ctx, &User{Email: "gus@x", Name: "Not Gus"}) })
	r.do("Gus", func() (any, error) { return s.UserByEmail(ctx, "gus@x") })
}

func deleting(ctx context.Context, r *recorder, s Shop, c *cast) {
	r.do("a product in use", func() (any, error) { return s.DeleteProduct(ctx, c.lamp.ID) })
	r.do("a product of no order", func() (any, error) { return s.DeleteProduct(ctx, c.chair.ID) })
	r.do("take the desk off an order", func() (any, error) { return s.RemoveProduct(ctx, c.annOpen.ID, c.desk.ID) })
	r.do("take it off again", func() (any, error) { return s.RemoveProduct(ctx, c.annOpen.ID, c.desk.ID) })
	r.do("with one product less", func() (any, error) { return s.WithOrders(ctx) })
	r.do("put it on again", func() (any, error) { return nil, s.AddProduct(ctx, c.annOpen.ID, c.desk.ID) })
	r.do("put it on twice", func() (any, error) { return nil, s.AddProduct(ctx, c.annOpen.ID, c.desk.ID) })
	r.do("delete Ann, with orders, products and profile", func() (any, error) { return s.DeleteUser(ctx, c.ann.ID) })
	r.do("delete Ann again", func() (any, error) { return s.DeleteUser(ctx, c.ann.ID) })
	r.do("Bob's manager", func() (any, error) { return s.User(ctx, c.bob.ID) })
	r.do("rename Ann", func() (any, error) { return s.Rename(ctx, c.ann.ID, "Ghost") })
	r.do("close Ann's orders", func() (any, error) { return s.CloseOrders(ctx, c.ann.ID) })
	r.do("order of Ann", func() (any, error) {
		return nil, s.CreateOrder(ctx, &Order{UserID: c.ann.ID, Status: "open", Total: 1})
	})
	r.do("profile of Ann again", func() (any, error) { return nil, s.CreateProfile(ctx, c.ann.ID, "ghost") })
	r.do("Ann manages Emma", func() (any, error) { return s.SetManager(ctx, c.emma.ID, &c.ann.ID) })
	r.do("product of Ann's order", func() (any, error) { return nil, s.AddProduct(ctx, c.annPaid.ID, c.chair.ID) })
	r.do("the lamp, now that nobody has it", func() (any, error) { return s.DeleteProduct(ctx, c.lamp.ID) })
}

// returning creates anew what was deleted.
func returning(ctx context.Context, r *recorder, s Shop, c *cast) {
	again := &User{Email: "ann@x", Name: "Ann anew"}
	r.do("create Ann anew", func() (any, error) { return &again.ID, s.CreateUser(ctx, again) })
	r.do("Ann anew", func() (any, error) { return s.UserByEmail(ctx, "ann@x") })
	r.do("delete Ann anew", func() (any, error) { return s.DeleteUser(ctx, again.ID) })
	r.do("upsert of a deleted email", func() (any, error) {
		u := &User{Email: "ann@x", Name: "Ann upserted"}
		return &u.ID, s.Upsert(ctx, u)
	})
	r.do("Ann upserted", func() (any, error) { return s.UserByEmail(ctx, "ann@x") })
	r.do("delete Cid", func() (any, error) { return s.DeleteUser(ctx, c.cid.ID) })
	r.do("ensure of a deleted email", func() (any, error) { return s.Ensure(ctx, &User{Email: "cid@x", Name: "Cid ensured"}) })
	r.do("ensure it again", func() (any, error) { return s.Ensure(ctx, &User{Email: "cid@x", Name: "Cid ensured twice"}) })
	r.do("Cid ensured", func() (any, error) { return s.UserByEmail(ctx, "cid@x") })
	r.do("delete Finn", func() (any, error) { return s.DeleteUser(ctx, c.finn.ID) })
	r.own("save Finn, who is gone", func() (any, error) {
		c.finn.Name = "Finn saved"
		return nil, s.Save(ctx, c.finn)
	})
	r.own("Finn, saved after he was gone", func() (any, error) { return s.User(ctx, c.finn.ID) })
	r.own("all who are called Finn", func() (any, error) {
		return s.Query(ctx, "SELECT id, email, name FROM users WHERE name LIKE $1 ORDER BY id", "Finn%")
	})
	r.own("delete Finn again", func() (any, error) { return s.DeleteUser(ctx, c.finn.ID) })
}

func transactions(ctx context.Context, r *recorder, s Shop, c *cast) {
	r.do("a delete that is rolled back", func() (any, error) {
		var seen []any
		err := s.Tx(ctx, func(s Shop) error {
			n, err := s.DeleteUser(ctx, c.bob.ID)
			if err != nil {
				return err
			}
			left, err := s.CountUsers(ctx)
			if err != nil {
				return err
			}
			orders, err := s.CountOrders(ctx, c.bob.ID)
			seen = append(seen, n, left, orders)
			return errors.Join(err, errRollback)
		})
		return seen, err
	})
	r.do("Bob is still there", func() (any, error) { return s.User(ctx, c.bob.ID) })
	r.do("a delete that is committed", func() (any, error) {
		return nil, s.Tx(ctx, func(s Shop) error {
			if _, err := s.LockUser(ctx, c.dora.ID); err != nil {
				return err
			}
			_, err := s.DeleteUser(ctx, c.dora.ID)
			return err
		})
	})
	r.do("Dora is gone", func() (any, error) { return s.User(ctx, c.dora.ID) })
	r.do("lock Dora", func() (any, error) {
		return nil, s.Tx(ctx, func(s Shop) error {
			_, err := s.LockUser(ctx, c.dora.ID)
			return err
		})
	})
	r.do("delete and create in one transaction", func() (any, error) {
		u := &User{Email: "bob@x", Name: "Bob anew"}
		err := s.Tx(ctx, func(s Shop) error {
			if _, err := s.DeleteUser(ctx, c.bob.ID); err != nil {
				return err
			}
			return s.CreateUser(ctx, u)
		})
		return &u.ID, err
	})
}

func bulk(ctx context.Context, r *recorder, s Shop, c *cast) {
	ids := make([]int64, 3)
	r.do("more users", func() (any, error) {
		us := []*User{{Email: "tmp1@x", Name: "Tmp 1"}, {Email: "tmp2@x", Name: "Tmp 2"}, {Email: "tmp3@x", Name: "Tmp 3"}}
		err := s.CreateUsers(ctx, us)
		for i, u := range us {
			ids[i] = u.ID
		}
		return ids, err
	})
	orders := []*Order{
		{UserID: ids[0], Status: "open", Total: 10},
		{UserID: ids[0], Status: "paid", Total: 20},
		{UserID: ids[1], Status: "open", Total: 30},
		{UserID: c.emma.ID, Status: "lost", Total: 40},
		{UserID: c.emma.ID, Status: "open", Total: 50},
		{UserID: c.emma.ID, Status: "open", Total: 60},
	}
	for _, o := range orders {
		r.do("order in bulk", func() (any, error) { return &o.ID, s.CreateOrder(ctx, o) })
	}
	for _, o := range []*Order{orders[2], orders[4]} {
		r.do("desk in bulk", func() (any, error) { return nil, s.AddProduct(ctx, o.ID, c.desk.ID) })
	}
	r.do("delete orders, returning", func() (any, error) { return s.DeleteOrders(ctx, "lost") })
	r.do("delete them again", func() (any, error) { return s.DeleteOrders(ctx, "lost") })
	r.do("delete the orders with a desk", func() (any, error) { return s.DeleteOrdersOf(ctx, "desk") })
	r.do("delete the orders with a desk again", func() (any, error) { return s.DeleteOrdersOf(ctx, "desk") })
	r.do("delete by pattern", func() (any, error) { return s.DeleteUsers(ctx, "Tmp %") })
	r.do("delete by pattern again", func() (any, error) { return s.DeleteUsers(ctx, "Tmp %") })
}

// rawSQL is what people write when the library stands in the way.
func rawSQL(ctx context.Context, r *recorder, s Shop, c *cast) {
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"SELECT count(*), count(manager_id), min(email) FROM users", nil},
		{"SELECT u.name, o.id FROM users u FULL JOIN orders o ON o.user_id = u.id ORDER BY 1, 2", nil},
		{"SELECT name, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u ORDER BY 1", nil},
		{"WITH busy AS (SELECT user_id FROM orders GROUP BY user_id) SELECT email FROM users WHERE id IN (SELECT user_id FROM busy) ORDER BY 1", nil},
		{"SELECT name FROM users UNION ALL SELECT name FROM products ORDER BY 1", nil},
		{"SELECT name FROM users EXCEPT SELECT name FROM users WHERE email LIKE $1 ORDER BY 1", []any{"a%"}},
		{"SELECT EXISTS (SELECT FROM users WHERE id = $1), EXISTS (SELECT 1 FROM orders WHERE user_id = $2)", []any{c.ann.ID, c.ann.ID}},
		{"SELECT u.name, l.total FROM users u LEFT JOIN LATERAL (SELECT total FROM orders o WHERE o.user_id = u.id ORDER BY total DESC LIMIT 1) l ON true ORDER BY 1", nil},
		{"SELECT name FROM users WHERE email = $1 OR id = $2 ORDER BY 1", []any{"ann@x", c.dora.ID}},
		{"SELECT e.what, u.name FROM events e LEFT JOIN users u ON u.id = e.user_id ORDER BY 1", nil},
		{"SELECT name, row_number() OVER (ORDER BY email) FROM users ORDER BY 2", nil},
	} {
		r.do(firstWords(q.sql), func() (any, error) { return s.Query(ctx, q.sql, q.args...) })
	}
	r.do("raw update from", func() (any, error) {
		return s.Exec(ctx, "UPDATE orders SET status = u.name FROM users u WHERE u.id = orders.user_id AND u.email = $1", "emma@x")
	})
	r.do("raw insert select", func() (any, error) {
		return s.Exec(ctx, "INSERT INTO events (user_id, what) SELECT id, name FROM users WHERE email < $1 ORDER BY id", "f")
	})
	r.do("events", func() (any, error) { return s.Query(ctx, "SELECT what FROM events ORDER BY what") })
	r.do("raw delete returning", func() (any, error) {
		return s.Query(ctx, "DELETE FROM users WHERE email = $1 RETURNING name", "emma@x")
	})
	r.do("raw delete in a WITH query", func() (any, error) {
		return s.Query(ctx, "WITH gone AS (DELETE FROM users WHERE email = $1 RETURNING id, name) SELECT name FROM gone", "gus@x")
	})
	r.do("raw delete", func() (any, error) { return s.Exec(ctx, "DELETE FROM order_products") })
	r.do("what is left", func() (any, error) { return s.Query(ctx, "SELECT id, email, name, manager_id FROM users ORDER BY id") })
}

func firstWords(sql string) string {
	words := strings.Fields(sql)
	return strings.Join(words[:min(len(words), 9)], " ")
}
