package main

import (
	"context"
	"fmt"
)

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
	{[]string{"single delete"}, lightEffort, func(ctx context.Context, s *stall, by *shopper) (calls, error) {
		id, err := s.freshItem(ctx)
		return calls{by.deleteItem.of(id, 1)}, err
	}},
	{[]string{"upsert"}, lightEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
		email := s.email()
		return calls{writing(1, func(ctx context.Context) (int64, error) { return by.upsert(ctx, email, "Renamed") })}, nil
	}},
	{[]string{"cascade delete", "restore"}, cascadeEffort, func(_ context.Context, s *stall, by *shopper) (calls, error) {
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
