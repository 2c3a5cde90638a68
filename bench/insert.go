package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
)

// The statements that insert items of an order. The first is what most people
// write; it lets items be added to a dead order. The last does not: it inserts
// nothing then, and it waits for a delete of the order that is under way. The
// driver makes the first fail, with PostgreSQL's error for a missing order.
var (
	insertOne = insertTexts{
		plain: `INSERT INTO items (order_id, sku, quantity) VALUES ($1, $2, $3)`,
		locking: `INSERT INTO items (order_id, sku, quantity)
SELECT id, $2::text, $3::bigint FROM orders WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE`,
	}
	insertMany = insertTexts{
		plain: `INSERT INTO items (order_id, sku, quantity)
SELECT v.order_id, v.sku, v.quantity FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS v (order_id, sku, quantity)`,
		locking: `INSERT INTO items (order_id, sku, quantity)
SELECT orders.id, v.sku, v.quantity FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS v (order_id, sku, quantity)
JOIN orders ON orders.id = v.order_id WHERE orders.deleted_at IS NULL FOR KEY SHARE OF orders`,
	}
)

type insertTexts struct{ plain, locking string }

type insertWay struct {
	name   string
	driver bool
	text   func(insertTexts) string
}

func plainInsert(t insertTexts) string   { return t.plain }
func lockingInsert(t insertTexts) string { return t.locking }

var insertWays = []insertWay{
	{name: "hand-written", text: plainInsert},
	{name: "hand again", text: plainInsert},
	{name: "driver", driver: true, text: plainInsert},
	{name: "hand, parent locked", text: lockingInsert},
}

// insertContest inserts so many items of one user's orders, in one statement.
func insertContest(fs *families, size familySize, rows int, e contestEffort) *contest {
	phase := fmt.Sprintf("insert %d children", rows)
	if rows == 1 {
		phase = "insert a child"
	}
	c := &contest{phases: []string{phase}, effort: e}
	for _, w := range insertWays {
		c.ways = append(c.ways, w.name)
		c.open = append(c.open, func() (*contender, error) { return w.open(&fs.soft, size, rows) })
	}
	return c
}

func (w insertWay) open(f *family, size familySize, rows int) (*contender, error) {
	db, trips, err := openFamily(f.dsn, w.driver)
	if err != nil {
		return nil, err
	}
	texts := insertMany
	if rows == 1 {
		texts = insertOne
	}
	draw := func() (calls, error) {
		args := f.newItems(size, rows)
		return calls{func(ctx context.Context) error { return insertItems(ctx, db, w.text(texts), args, rows) }}, nil
	}
	return &contender{draw: draw, trips: trips, close: db.Close}, nil
}

func insertItems(ctx context.Context, db *sql.DB, text string, args []any, want int) error {
	result, err := db.ExecContext(ctx, text, args...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n != int64(want) {
		err = fmt.Errorf("%d rows, want %d", n, want)
	}
	return err
}

// newItems are the arguments of a statement that inserts so many items, for all
// orders of one user in turn.
func (f *family) newItems(size familySize, rows int) []any {
	user := f.live[rand.IntN(len(f.live))]
	first := (user-1)*int64(size.orders) + 1
	var orders, quantities []int64
	var skus []string
	for i := range rows {
		orders = append(orders, first+int64(i%size.orders))
		quantities = append(quantities, int64(1+i%5))
		skus = append(skus, fmt.Sprintf("sku-%d", i))
	}
	if rows == 1 {
		return []any{orders[0], skus[0], quantities[0]}
	}
	return []any{orders, skus, quantities}
}
