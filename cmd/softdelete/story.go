package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/softdelete-go/softdelete"
)

// The demo's columns: labels stand at 2, what they name at 6.
const contentIndent = 6

// story is one telling of the demo.
type story struct {
	screen *screen
	db     *sql.DB   // through the driver
	plain  *pgx.Conn // past the driver
	wire   *recorder // what db's connections send

	hardDeleted int64
}

// scope is a derived context, and the Go that derives it.
type scope struct {
	code  string
	apply func(context.Context) context.Context
	hard  bool // its deletes are for good
}

var (
	liveRows    = scope{apply: func(ctx context.Context) context.Context { return ctx }}
	withDeleted = scope{
		code:  `softdelete.WithDeleted(ctx)`,
		apply: func(ctx context.Context) context.Context { return softdelete.WithDeleted(ctx) },
	}
	onlyDeleted = scope{
		code:  `softdelete.OnlyDeleted(ctx)`,
		apply: func(ctx context.Context) context.Context { return softdelete.OnlyDeleted(ctx) },
	}
	hardDeleteCustomers = scope{
		code:  `softdelete.HardDelete(ctx, "customers")`,
		apply: func(ctx context.Context) context.Context { return softdelete.HardDelete(ctx, "customers") },
		hard:  true,
	}
)

// call is one use of the database.
type call struct {
	scope    scope
	sql      string
	args     []any
	prepared *sql.Stmt // of the same SQL, to execute instead
	refused  bool      // the driver is expected to send nothing
}

// step is a heading with calls beneath.
type step struct {
	title string
	note  string
	calls []call
}

const whatTheyBought = `SELECT o.id AS "order", o.status, p.name AS product, i.quantity
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN products p ON p.id = i.product_id
WHERE o.customer_id = $1
ORDER BY o.id, p.name -- comments stay, too`

const ordersOfCustomer = "SELECT count(*) AS orders FROM orders WHERE customer_id = $1"

func steps(prepared *sql.Stmt) []step {
	return []step{
		{
			title: "Delete",
			note:  "DELETE becomes UPDATE. The count of affected rows is that of a real DELETE: the second time there is nothing left.",
			calls: []call{
				{sql: "DELETE FROM order_items i USING orders o\nWHERE o.id = i.order_id AND o.status = 'cancelled'"},
				{sql: "DELETE FROM orders WHERE status = 'cancelled'"},
				{sql: "DELETE FROM orders WHERE status = 'cancelled'"},
				{sql: "DELETE FROM customers WHERE email LIKE '%@old.example'"},
			},
		},
		{
			title: "Count",
			calls: []call{{sql: "SELECT status, count(*) FROM orders GROUP BY status ORDER BY status"}},
		},
		{
			title: "Join, in raw SQL",
			note:  "No ORM, no scope, no view: every table of the policy is filtered where it stands.",
			calls: []call{{sql: whatTheyBought, args: []any{29}}},
		},
		{
			title: "LEFT JOIN with an aggregate",
			note: "The orders of the customers 451 and up are all deleted. The customers stay, with 0: " +
				"a filter in WHERE would lose them.",
			calls: []call{{
				sql: "SELECT c.id, c.name, count(o.id) AS orders\n" +
					"FROM customers c LEFT JOIN orders o ON o.customer_id = c.id\n" +
					"WHERE c.id BETWEEN 449 AND 453\n" +
					"GROUP BY c.id ORDER BY c.id",
			}},
		},
		{
			title: "One prepared statement, two scopes",
			note:  "The context that executes decides, not the one that prepared.",
			calls: []call{
				{sql: ordersOfCustomer, args: []any{452}, prepared: prepared},
				{sql: ordersOfCustomer, args: []any{452}, prepared: prepared, scope: withDeleted},
			},
		},
		{
			title: "OnlyDeleted: look into the trash, and take something out",
			note:  "Setting the marker of deleted rows back restores them: order 4 returns to the join above.",
			calls: []call{
				{sql: "SELECT id, customer_id, placed_on FROM orders ORDER BY id LIMIT 3", scope: onlyDeleted},
				{sql: "UPDATE orders SET deleted_at = NULL WHERE id = 4", scope: onlyDeleted},
				{sql: "UPDATE order_items SET deleted_at = NULL WHERE order_id = 4", scope: onlyDeleted},
				{sql: whatTheyBought, args: []any{29}},
			},
		},
		{
			title: "HardDelete: for good, and for this statement only",
			note:  "It reaches rows that are already deleted, as this one is: what an erasure request needs.",
			calls: []call{{
				sql:   "DELETE FROM customers WHERE email = $1",
				args:  []any{"customer499@old.example"},
				scope: hardDeleteCustomers,
			}},
		},
		{
			title: "Refused: a hard delete of everything",
			calls: []call{{sql: "DELETE FROM customers", scope: hardDeleteCustomers, refused: true}},
		},
		{
			title: "Refused: what cannot be a soft delete, or cannot be seen into",
			calls: []call{
				{sql: "TRUNCATE orders CASCADE", refused: true},
				{sql: "DO $$ BEGIN DELETE FROM orders; END $$", refused: true},
			},
		},
	}
}

func (s *story) tell(ctx context.Context, where string) error {
	var version string
	if err := s.plain.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		return fmt.Errorf("ask for the server's version: %w", err)
	}
	start, err := countAll(ctx, s.plain)
	if err != nil {
		return err
	}
	s.introduce(version, where, start)

	prepared, err := s.db.PrepareContext(ctx, ordersOfCustomer)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer func() { _ = prepared.Close() }() // the database goes, and its statements with it
	s.wire.take()                           // what preparing sent belongs to no step

	for n, step := range steps(prepared) {
		s.screen.heading(fmt.Sprintf("%d. %s", n+1, step.title))
		if step.note != "" {
			s.screen.paragraph(2, plain, step.note)
		}
		for _, c := range step.calls {
			s.screen.print("\n")
			if err := s.show(ctx, c); err != nil {
				return fmt.Errorf("step %d, %s: %w", n+1, step.title, err)
			}
			if err := s.screen.written(); err != nil {
				return err
			}
		}
	}
	if err := s.prove(ctx, start); err != nil {
		return err
	}
	s.goOn()
	return s.screen.written()
}

func (s *story) introduce(version, where string, rows map[string]int64) {
	s.screen.print(s.screen.styled(bold, "softdelete demo") + "\n\n")
	s.screen.paragraph(2, plain, fmt.Sprintf("PostgreSQL %s, %s.", version, where))
	var tables []string
	for _, name := range shopTables {
		tables = append(tables, fmt.Sprintf("%s (%d rows)", name, rows[name]))
	}
	s.screen.paragraph(2, plain, "A shop: "+strings.Join(tables, ", ")+". All four are in the policy, with the marker column deleted_at.")
}

// show executes a call and prints the three parts of it.
func (s *story) show(ctx context.Context, c call) error {
	s.screen.label("you write")
	if code := c.code(); code != "" {
		s.screen.paragraph(contentIndent, faint, code)
	}
	s.screen.statement(contentIndent, c.sql, nil)
	for i, a := range c.args {
		s.screen.paragraph(contentIndent, faint, fmt.Sprintf("with $%d = %v", i+1, a))
	}

	got, err := s.execute(ctx, c)
	sent := s.wire.take()
	if c.refused {
		if !errors.Is(err, softdelete.ErrRefused) || len(sent) > 0 {
			return errors.Join(fmt.Errorf("this should have been refused, and PostgreSQL received %q", sent), err)
		}
		s.screen.label("PostgreSQL receives")
		s.screen.paragraph(contentIndent, plain, "nothing")
		s.screen.label("you get")
		s.screen.paragraph(contentIndent, red, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	if len(sent) == 0 {
		return errors.New("nothing was recorded on its way to PostgreSQL")
	}
	for _, received := range sent {
		if received == c.sql {
			s.screen.label("PostgreSQL receives, unchanged")
		} else {
			s.screen.label("PostgreSQL receives")
		}
		s.screen.statement(contentIndent, received, additions(c.sql, received))
	}
	s.screen.label("you get")
	if got.headers == nil {
		s.screen.paragraph(contentIndent, plain, affected(got.affected))
	} else {
		s.screen.grid(contentIndent, got.headers, got.rows)
	}
	return nil
}

// code is the Go around the SQL, where there is more to it than a call.
func (c call) code() string {
	switch {
	case c.prepared != nil && c.scope.code != "":
		return fmt.Sprintf("stmt.QueryContext(%s, …) // the same stmt", c.scope.code)
	case c.prepared != nil:
		return "stmt.QueryContext(ctx, …)"
	case c.scope.code != "":
		return "ctx := " + c.scope.code
	}
	return ""
}

// outcome is what the application gets: rows, or a number of them.
type outcome struct {
	headers  []string // nil for a statement that returns no rows
	rows     [][]string
	affected int64
}

func (s *story) execute(ctx context.Context, c call) (outcome, error) {
	if c.scope.apply != nil {
		ctx = c.scope.apply(ctx)
	}
	if c.prepared != nil {
		return fetch(c.prepared.QueryContext(ctx, c.args...))
	}
	if strings.HasPrefix(c.sql, "SELECT") {
		return fetch(s.db.QueryContext(ctx, c.sql, c.args...))
	}
	result, err := s.db.ExecContext(ctx, c.sql, c.args...)
	if err != nil {
		return outcome{}, err
	}
	n, err := result.RowsAffected()
	if c.scope.hard {
		s.hardDeleted += n
	}
	return outcome{affected: n}, err
}

func fetch(rows *sql.Rows, err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = rows.Close() }() // rows.Err below has the error that counts
	headers, err := rows.Columns()
	if err != nil {
		return outcome{}, err
	}
	got := outcome{headers: headers}
	values, into := make([]any, len(headers)), make([]any, len(headers))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return outcome{}, err
		}
		row := make([]string, len(values))
		for i, v := range values {
			row[i] = cell(v)
		}
		got.rows = append(got.rows, row)
	}
	return got, rows.Err()
}

func affected(n int64) string {
	if n == 1 {
		return "1 row affected"
	}
	return fmt.Sprintf("%d rows affected", n)
}

// prove counts every table again, through the driver and past it, and fails
// unless all that was not hard-deleted is still there.
func (s *story) prove(ctx context.Context, start map[string]int64) error {
	now, err := countAll(ctx, s.plain)
	if err != nil {
		return err
	}
	var rows [][]string
	var missing int64
	for _, table := range shopTables {
		counts := []int64{start[table]}
		for _, sc := range []scope{liveRows, onlyDeleted, withDeleted} {
			var n int64
			if err := s.db.QueryRowContext(sc.apply(ctx), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				return fmt.Errorf("count %s: %w", table, err)
			}
			counts = append(counts, n)
		}
		live, deleted, all := counts[1], counts[2], counts[3]
		if all != live+deleted || all != now[table] {
			return fmt.Errorf("the counts of %s disagree: %d live, %d deleted, %d WithDeleted, %d without the driver", table, live, deleted, all, now[table])
		}
		missing += start[table] - all
		row := []string{table}
		for _, n := range append(counts, now[table]) {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	s.screen.heading("Nothing was lost")
	s.screen.print("\n")
	s.screen.grid(contentIndent, []string{"table", "at the start", "live now", "OnlyDeleted", "WithDeleted", "counted without the driver"}, rows)
	if missing != s.hardDeleted {
		return fmt.Errorf("%d rows are gone, but %d were hard-deleted", missing, s.hardDeleted)
	}
	s.screen.print("\n")
	s.screen.paragraph(2, plain, fmt.Sprintf("Gone for good: %d, by the HardDelete above (%s). Every other row can be restored.", missing, affected(s.hardDeleted)))
	return nil
}

func (s *story) goOn() {
	s.screen.heading("How to go on")
	s.screen.print(`
  Give a table the marker column, and open the database through the driver:

      ALTER TABLE users ADD COLUMN deleted_at timestamptz

      db, err := softdelete.Open(dsn, softdelete.Policy{
          Tables: []softdelete.Table{{Name: "users"}},
      })

  To see what becomes of your own SQL, without a database:

      softdelete help rewrite

  To find deleted rows on a page and bring them back, in this shop: make demo SERVE=1
`)
}
