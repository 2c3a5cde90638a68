package main

import (
	"context"
	"fmt"
	"time"
)

// shopper is what one way does in a market. What is nil it cannot do.
type shopper struct {
	byID        func(ctx context.Context, id int64) (found, error)
	byEmail     func(ctx context.Context, email string) (found, error)
	page        func(ctx context.Context, status string, before time.Time) (found, error)
	purchases   func(ctx context.Context, user int64) (found, error)
	orderCounts func(ctx context.Context, from, to int64) (found, error)

	deleteItem  change
	deleteItems func(ctx context.Context, from, to int64) (int64, error)
	deleteUser  change // with orders and items
	restoreUser change // the same

	upsert       func(ctx context.Context, email, name string) (int64, error)
	insert       inserting // values are parameters
	insertInline inserting // values stand in the text

	// rootOnly says that restoreUser answers with the number of users.
	rootOnly bool
}

type inserting func(ctx context.Context, users []newUser) (int64, error)

// found are rows. What they hold is written out where it is compared only.
type found struct {
	n     int
	lines func() []string
}

func list[T fmt.Stringer](rows []T, err error) (found, error) {
	return found{len(rows), func() []string {
		lines := make([]string, len(rows))
		for i, r := range rows {
			lines[i] = r.String()
		}
		return lines
	}}, err
}

// nested is of users that have orders that have items.
func nested[T fmt.Stringer](n int, lines func() []T, err error) (found, error) {
	return found{n, func() []string {
		f, _ := list(lines(), nil)
		return f.lines()
	}}, err
}

// What is read, as it is compared.
type (
	person struct {
		id          int64
		email, name string
		createdAt   time.Time
	}
	purchase struct {
		id, user   int64
		status     string
		totalCents int64
		createdAt  time.Time
	}
	purchaseLine struct {
		name      string
		order     int64
		createdAt time.Time
		sku       string
		quantity  int64
	}
	orderCount struct {
		ID     int64
		Name   string
		Orders int64
	}
)

func (p person) String() string { return fmt.Sprint(p.id, p.email, p.name, p.createdAt.UTC()) }
func (p purchase) String() string {
	return fmt.Sprint(p.id, p.user, p.status, p.totalCents, p.createdAt.UTC())
}

func (l purchaseLine) String() string {
	return fmt.Sprint(l.name, l.order, l.createdAt.UTC(), l.sku, l.quantity)
}
func (c orderCount) String() string { return fmt.Sprint(c.ID, c.Name, c.Orders) }

// task is something that every shopper is asked to do. Each of its phases is an
// operation, and they follow one another.
type task struct {
	phases []string
	effort func(peersEffort) taskEffort
	draw   func(ctx context.Context, s *stall, by *shopper) (calls, error)
}

// anyNumber of rows is right.
const anyNumber = -1

const (
	pageRows = 20
	bulkRows = 1000
)

func reading(want int, read func(context.Context) (found, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		f, err := read(ctx)
		if err == nil && want != anyNumber && f.n != want {
			err = fmt.Errorf("%d rows, want %d", f.n, want)
		}
		return err
	}
}

func writing(want int64, write func(context.Context) (int64, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		n, err := write(ctx)
		if err == nil && n != want {
			err = fmt.Errorf("%d rows, want %d", n, want)
		}
		return err
	}
}

var tasks = []task{
	{[]string{"point read by id"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		id := s.user()
		return calls{reading(1, func(ctx context.Context) (found, error) { return by.byID(ctx, id) })}, nil
	}},
	{[]string{"read by email"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		email := s.email()
		return calls{reading(1, func(ctx context.Context) (found, error) { return by.byEmail(ctx, email) })}, nil
	}},
	{[]string{"list page"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		before := s.orderTime()
		return calls{reading(pageRows, func(ctx context.Context) (found, error) { return by.page(ctx, "paid", before) })}, nil
	}},
	{[]string{"3-join"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		user := s.user()
		return calls{reading(anyNumber, func(ctx context.Context) (found, error) { return by.purchases(ctx, user) })}, nil
	}},
	{[]string{"LEFT JOIN aggregate"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		from, to := s.fewUsers()
		return calls{reading(anyNumber, func(ctx context.Context) (found, error) { return by.orderCounts(ctx, from, to) })}, nil
	}},
	{[]string{"single delete"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		id, err := s.freshItem()
		return calls{by.deleteItem.of(id, 1)}, err
	}},
	{[]string{"upsert"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		email := s.email()
		return calls{writing(1, func(ctx context.Context) (int64, error) { return by.upsert(ctx, email, "Renamed") })}, nil
	}},
	{[]string{"cascade delete", "restore"}, familiesEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		user, err := s.family(by.restoreUser != nil)
		return calls{by.deleteUser.of(user, 1), by.restoreUser.of(user, by.restored())}, err
	}},
	{[]string{"delete of 1,000"}, bulkEffort, func(ctx context.Context, s *stall, by *shopper) (calls, error) {
		from, to, err := s.newItems(ctx, bulkRows)
		return calls{writing(bulkRows, func(ctx context.Context) (int64, error) { return by.deleteItems(ctx, from, to) })}, err
	}},
	{[]string{"bulk insert, literals", "bulk insert, parameters"}, bulkEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		return calls{by.insertInline.of(s.newUsers(bulkRows)), by.insert.of(s.newUsers(bulkRows))}, nil
	}},
}

func (do inserting) of(users []newUser) func(context.Context) error {
	if do == nil {
		return nil
	}
	return writing(int64(len(users)), func(ctx context.Context) (int64, error) { return do(ctx, users) })
}

// restored is what restoreUser is to answer.
func (by *shopper) restored() int64 {
	if by.rootOnly {
		return 1
	}
	return 1 + int64(tenChildren.children())
}
