package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/softdelete-go/softdelete"
)

var policy = softdelete.Policy{Tables: []softdelete.Table{
	{Name: "users"}, {Name: "orders"}, {Name: "items"},
}}

// shopSize is how many rows the tables have, dead ones included.
type shopSize struct{ users, orders, items int }

var schema = []string{
	`CREATE TABLE users (
		id bigint PRIMARY KEY,
		email text NOT NULL,
		name text NOT NULL,
		country text,
		created_at timestamptz NOT NULL,
		deleted_at timestamptz
	)`,
	`CREATE TABLE orders (
		id bigint PRIMARY KEY,
		user_id bigint NOT NULL,
		status text NOT NULL,
		total_cents bigint NOT NULL,
		created_at timestamptz NOT NULL,
		deleted_at timestamptz
	)`,
	`CREATE TABLE items (
		id bigint PRIMARY KEY,
		order_id bigint NOT NULL,
		sku text NOT NULL,
		quantity bigint NOT NULL,
		price_cents bigint NOT NULL,
		deleted_at timestamptz
	)`,
}

// indexes serve live rows only: a statement that lost its condition on
// deleted_at cannot use them.
var indexes = []string{
	`CREATE UNIQUE INDEX ON users (email) WHERE deleted_at IS NULL`,
	`CREATE INDEX ON orders (user_id, created_at DESC) WHERE deleted_at IS NULL`,
	`CREATE INDEX ON orders (status, created_at DESC) WHERE deleted_at IS NULL`,
	`CREATE INDEX ON items (order_id) WHERE deleted_at IS NULL`,
}

const (
	// died makes every second row a dead one, at random.
	died = `CASE WHEN random() < 0.5 THEN timestamptz '2026-01-01' END`

	fillUsers = `INSERT INTO users
		SELECT n, 'user' || n || '@example.com', 'User ' || n, (ARRAY['AT', 'BR', 'CA', 'DK'])[1 + n % 4],
		       timestamptz '2024-01-01' + n * interval '1 minute', ` + died + `
		FROM generate_series(1, $1) n`
	fillOrders = `INSERT INTO orders
		SELECT n, 1 + floor(random() * $2), (ARRAY['new', 'open', 'paid', 'cancelled'])[1 + n % 4],
		       floor(random() * 100000), timestamptz '2025-01-01' + n * interval '1 minute', ` + died + `
		FROM generate_series(1, $1) n`
	fillItems = `INSERT INTO items
		SELECT n, 1 + floor(random() * $2), 'sku-' || n % 1000, 1 + floor(random() * 5), floor(random() * 10000), ` + died + `
		FROM generate_series(1, $1) n`
)

// createShop creates and fills the tables. plain must not be a softdelete
// database: the dead rows have to be written.
func createShop(ctx context.Context, plain *sql.DB, size shopSize) error {
	conn, err := plain.Conn(ctx) // setseed holds for one connection
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // back to a pool that is closed at the end
	type step struct {
		sql  string
		args []any
	}
	var steps []step
	for _, s := range schema {
		steps = append(steps, step{sql: s})
	}
	steps = append(steps, step{sql: `SELECT setseed(0.5)`},
		step{fillUsers, []any{size.users}},
		step{fillOrders, []any{size.orders, size.users}},
		step{fillItems, []any{size.items, size.orders}})
	for _, s := range indexes {
		steps = append(steps, step{sql: s})
	}
	// Hint bits and the visibility map would otherwise be written by the first reader.
	steps = append(steps, step{sql: `VACUUM (ANALYZE)`}, step{sql: `CHECKPOINT`})
	for _, s := range steps {
		if _, err := conn.ExecContext(ctx, s.sql, s.args...); err != nil {
			return fmt.Errorf("%s: %w", s.sql, err)
		}
	}
	return nil
}
