package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx

	"github.com/softdelete-go/softdelete"
)

// operation is one thing that an application does, in the words of someone who
// minds the marker column by hand and of someone who leaves it to the driver.
type operation struct {
	name    string
	hand    string
	plain   string
	columns int // that it returns; 0 is a statement without rows
	args    func(*arguments) ([]any, error)
}

var operations = []operation{
	{
		name:    "point read by id",
		hand:    `SELECT id, email, name, created_at FROM users WHERE id = $1 AND deleted_at IS NULL`,
		plain:   `SELECT id, email, name, created_at FROM users WHERE id = $1`,
		columns: 4,
		args:    func(a *arguments) ([]any, error) { return []any{a.user()}, nil },
	},
	{
		name: "list page",
		hand: `SELECT id, user_id, status, total_cents, created_at FROM orders
WHERE status = $1 AND created_at < $2 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 20`,
		plain: `SELECT id, user_id, status, total_cents, created_at FROM orders
WHERE status = $1 AND created_at < $2 ORDER BY created_at DESC LIMIT 20`,
		columns: 5,
		args:    func(a *arguments) ([]any, error) { return []any{"paid", a.orderTime()}, nil },
	},
	{
		name: "3-join",
		hand: `SELECT u.name, o.id, o.created_at, i.sku, i.quantity FROM users u
JOIN orders o ON o.user_id = u.id AND o.deleted_at IS NULL
JOIN items i ON i.order_id = o.id AND i.deleted_at IS NULL
WHERE u.id = $1 AND u.deleted_at IS NULL ORDER BY o.created_at DESC, i.id`,
		plain: `SELECT u.name, o.id, o.created_at, i.sku, i.quantity FROM users u
JOIN orders o ON o.user_id = u.id
JOIN items i ON i.order_id = o.id
WHERE u.id = $1 ORDER BY o.created_at DESC, i.id`,
		columns: 5,
		args:    func(a *arguments) ([]any, error) { return []any{a.user()}, nil },
	},
	{
		name:  "single delete by id",
		hand:  `UPDATE items SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL`,
		plain: `DELETE FROM items WHERE id = $1`,
		args: func(a *arguments) ([]any, error) {
			id, err := a.freshItem()
			return []any{id}, err
		},
	},
}

// argsPerWay draws the arguments of one call in each way: the same ones, unless
// the operation changes what it touches and cannot do it twice.
func (o operation) argsPerWay(a *arguments, ways int) ([][]any, error) {
	perWay := make([][]any, ways)
	for i := range perWay {
		if i > 0 && o.columns > 0 {
			perWay[i] = perWay[0]
			continue
		}
		var err error
		if perWay[i], err = o.args(a); err != nil {
			return nil, err
		}
	}
	return perWay, nil
}

// run returns how many rows the operation returned or affected. It reads every
// row, as an application would.
func (o operation) run(ctx context.Context, w *way, args []any) (int64, error) {
	text := w.text(o)
	if o.columns == 0 {
		result, err := w.db.ExecContext(ctx, text, args...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
	rows, err := w.db.QueryContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // read to the end below, which closes it
	values, targets := make([]any, o.columns), make([]any, o.columns)
	for i := range values {
		targets[i] = &values[i]
	}
	var n int64
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}

// way is a database handle with one connection, and which text is sent through it.
type way struct {
	name string
	db   *sql.DB
	text func(operation) string
}

// The ways, the first of which the others are compared with. The second is the
// same on another connection: it shows how far two equal ways lie apart.
var wayNames = []string{"hand-written", "hand again", "driver"}

type ways []*way

func openWays(dsn string) (ways, error) {
	var ws ways
	for _, name := range wayNames {
		w := &way{name: name, text: func(o operation) string { return o.hand }}
		var err error
		if name == "driver" {
			w.text = func(o operation) string { return o.plain }
			w.db, err = softdelete.Open(dsn, policy)
		} else {
			w.db, err = sql.Open("pgx", dsn)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", name, err), ws.close())
		}
		w.db.SetMaxOpenConns(1)
		ws = append(ws, w)
	}
	return ws, nil
}

func (ws ways) close() error {
	var errs []error
	for _, w := range ws {
		errs = append(errs, w.db.Close())
	}
	return errors.Join(errs...)
}

// arguments draws the arguments of operations, the same ones in every run over
// tables of the same size.
type arguments struct {
	random *rand.Rand
	users  []int64     // live
	times  []time.Time // of orders, the later half: each has a full page before it
	items  []int64     // live and not given out yet, shuffled
}

func newArguments(ctx context.Context, plain *sql.DB) (*arguments, error) {
	a := &arguments{random: rand.New(rand.NewPCG(1, 2))}
	var err error
	if a.users, err = column[int64](ctx, plain, `SELECT id FROM users WHERE deleted_at IS NULL ORDER BY id`); err != nil {
		return nil, err
	}
	if a.times, err = column[time.Time](ctx, plain, `SELECT created_at FROM orders WHERE id > (SELECT max(id) / 2 FROM orders) ORDER BY id`); err != nil {
		return nil, err
	}
	if a.items, err = column[int64](ctx, plain, `SELECT id FROM items WHERE deleted_at IS NULL ORDER BY id`); err != nil {
		return nil, err
	}
	a.random.Shuffle(len(a.items), func(i, j int) { a.items[i], a.items[j] = a.items[j], a.items[i] })
	return a, nil
}

func column[T any](ctx context.Context, db *sql.DB, query string) ([]T, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to the end below, which closes it
	var values []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

func (a *arguments) user() int64          { return a.users[a.random.IntN(len(a.users))] }
func (a *arguments) orderTime() time.Time { return a.times[a.random.IntN(len(a.times))] }

func (a *arguments) freshItem() (int64, error) {
	if len(a.items) == 0 {
		return 0, errors.New("the table items has too few live rows for so many deletes")
	}
	id := a.items[0]
	a.items = a.items[1:]
	return id, nil
}
