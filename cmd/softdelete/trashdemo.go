package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
)

// trashSQL prepares the shop for a trash: ids of deletions, a journal, and nothing
// deleted yet.
//
//go:embed trash.sql
var trashSQL string

// trashPolicy is the shop's with all that a trash wants.
func trashPolicy() softdelete.Policy {
	p := softdelete.Policy{Journal: true}
	for _, name := range shopTables {
		p.Tables = append(p.Tables, softdelete.Table{Name: name, DeletionID: "deletion_id"})
	}
	for _, k := range []struct {
		child, column, parent string
		action                softdelete.Action
	}{{"orders", "customer_id", "customers", softdelete.Cascade}, {"order_items", "order_id", "orders", softdelete.Cascade}, {"order_items", "product_id", "products", softdelete.NoAction}} {
		p.ForeignKeys = append(p.ForeignKeys, softdelete.ForeignKey{Table: k.child, Columns: []string{k.column}, RefTable: k.parent, RefColumns: []string{"id"}, OnDelete: k.action})
	}
	return p
}

// past is a deletion of the demo, some days ago.
type past struct {
	days          int
	actor, reason string
	sql           string
	then          string // what has become of it: restored, held, or a statement
}

var pasts = []past{
	{26, "maria", "duplicate account", "DELETE FROM customers WHERE id = 17", ""},
	{23, "maria", "", "DELETE FROM orders WHERE id IN (612, 613)", "restored"},
	{21, "import", "accounts of the old shop", "DELETE FROM customers WHERE email LIKE '%@old.example'", ""},
	{16, "jonas", "asked to be forgotten", "DELETE FROM customers WHERE id = 101", "INSERT INTO customers (id, name, email) VALUES (1001, 'Gita Garcia', 'customer101@shop.example')"},
	{12, "jonas", "dispute", "DELETE FROM orders WHERE id = 311", "held"},
	{9, "nightly-job", "cancelled in January", "DELETE FROM orders WHERE status = 'cancelled' AND placed_on < '2025-02-01'", ""},
	{6, "maria", "wrong customer", "DELETE FROM orders WHERE customer_id = 88", "restored"},
	{4, "nightly-job", "cancelled in February", "DELETE FROM orders WHERE status = 'cancelled' AND placed_on < '2025-03-01'", ""},
	{2, "jonas", "test order", "DELETE FROM orders WHERE id = 1999", ""},
	{0, "you", "closed the account", "DELETE FROM customers WHERE id = 29", ""},
}

// serveTrash shows the shop in a trash until the context ends.
func serveTrash(ctx context.Context, s *screen, config *pgx.ConnConfig, plain *pgx.Conn) error {
	if _, err := plain.Exec(ctx, trashSQL+softdelete.JournalDDL+softdelete.HoldDDL); err != nil {
		return fmt.Errorf("prepare the trash: %w", err)
	}
	connector, err := softdelete.WrapConnector(stdlib.GetConnector(*config), trashPolicy())
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close() //nolint:errcheck // what it has done is over
	for _, p := range pasts {
		if err := p.happen(ctx, db, plain); err != nil {
			return fmt.Errorf("%s: %w", p.sql, err)
		}
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	handler, err := trashOf(db, (&serveFlags{trashCommand: &trashCommand{actor: "you"}, title: "Shop trash"}).options(logger), "", true)
	if err != nil {
		return err
	}
	if handler, err = shopfront(db, handler); err != nil {
		return err
	}
	ready := func(address string) {
		s.heading("The trash")
		s.print(fmt.Sprintf("\n  Customer 29 was just deleted, with the orders and what was in them. Find the customer\n  in the trash, and bring everything back:\n\n      %s\n\n  Others you can delete yourself:\n\n      %[1]sshop\n\n  Ctrl-C ends it, and removes the server.\n", address))
	}
	err = listenAndServe(ctx, "127.0.0.1:8080", handler, ready)
	var taken *net.OpError
	if errors.As(err, &taken) && taken.Op == "listen" {
		err = listenAndServe(ctx, "127.0.0.1:0", handler, ready)
	}
	return errors.Join(err, s.written())
}

// happen deletes as somebody, and makes it some days ago.
func (p past) happen(ctx context.Context, db *sql.DB, plain *pgx.Conn) error {
	as := softdelete.WithReason(softdelete.WithActor(ctx, p.actor), p.reason)
	if _, err := db.ExecContext(as, p.sql); err != nil {
		return err
	}
	var id string
	if err := plain.QueryRow(ctx, "SELECT id FROM softdelete_deletions ORDER BY deleted_at DESC LIMIT 1").Scan(&id); err != nil {
		return err
	}
	for _, table := range append([]string{"softdelete_deletions"}, shopTables...) {
		column := "deletion_id"
		if table == "softdelete_deletions" {
			column = "id"
		}
		text := fmt.Sprintf("UPDATE %s SET deleted_at = deleted_at - make_interval(days => $2, mins => 7 * $2) WHERE %s = $1::uuid", table, column)
		if _, err := plain.Exec(ctx, text, id, p.days); err != nil {
			return err
		}
	}
	var err error
	switch p.then {
	case "":
	case "restored":
		_, err = softdelete.RestoreDeletion(softdelete.WithActor(ctx, "jonas"), db, id)
	case "held":
		err = softdelete.Hold(softdelete.WithActor(ctx, "legal"), db, id, "Dispute 2025-118: keep all of it")
	default:
		_, err = db.ExecContext(ctx, p.then)
	}
	return err
}
