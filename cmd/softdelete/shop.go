package main

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
)

// shopSQL creates and fills the shop.
//
//go:embed shop.sql
var shopSQL string

// shopTables are the tables of the shop, all of them soft-deleted.
var shopTables = []string{"customers", "products", "orders", "order_items"}

func shopPolicy() softdelete.Policy {
	var p softdelete.Policy
	for _, name := range shopTables {
		p.Tables = append(p.Tables, softdelete.Table{Name: name})
	}
	return p
}

// openShop does what migrations do, and like them not through the driver.
func openShop(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, shopSQL); err != nil {
		return fmt.Errorf("create the shop: %w", err)
	}
	return nil
}

// countAll returns how many rows each table really has, as a client without the
// driver sees them.
func countAll(ctx context.Context, conn *pgx.Conn) (map[string]int64, error) {
	counts := map[string]int64{}
	for _, table := range shopTables {
		var n int64
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			return nil, fmt.Errorf("count %s: %w", table, err)
		}
		counts[table] = n
	}
	return counts, nil
}
