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
