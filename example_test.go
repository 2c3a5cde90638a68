package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
)

// policy is the policy of the examples.
var policy = softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "orders"}}}

// show prints what PostgreSQL would receive, or why it is refused.
func show(ctx context.Context, statement string) {
	r, err := softdelete.NewRewriter(policy)
	if err != nil {
		log.Fatal(err)
	}
	got, err := r.Rewrite(ctx, statement)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(got)
}

// The whole of it: what an application does differently.
func Example() {
	ctx := context.Background()
	dsn := os.Getenv("DATABASE_URL")

	db, err := softdelete.Open(dsn, softdelete.Policy{Tables: []softdelete.Table{
		{Name: "users"},
		{Name: "orders"},
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	// A soft delete: PostgreSQL receives an UPDATE that sets users.deleted_at.
	if _, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 7); err != nil {
		log.Fatal(err)
	}
	// User 7 is not counted.
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n); err != nil {
		log.Fatal(err)
	}
	// Undo.
	_, err = db.ExecContext(softdelete.OnlyDeleted(ctx, "users"), "UPDATE users SET deleted_at = NULL WHERE id = $1", 7)
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleRestore() {
	ctx := context.Background()
	db, err := softdelete.Open("postgres://app@localhost/shop", policy)
	if err != nil {
		log.Fatal(err)
	}
	// The user, and the user's orders.
	_, err = db.ExecContext(softdelete.WithActor(ctx, "ann"), "DELETE FROM users WHERE id = $1", 7)
	if err != nil {
		log.Fatal(err)
	}
	// Exactly what that took.
	n, err := softdelete.Restore(ctx, db, "users", 7)
	fmt.Println(n, err)
}

func ExamplePurge() {
	ctx := context.Background()
	db, err := softdelete.Open("postgres://app@localhost/shop", policy)
	if err != nil {
		log.Fatal(err)
	}
	// The ten newest deletions that ann made and that can be brought back.
	list, err := softdelete.Deletions(ctx, db, softdelete.DeletionFilter{
		Actor: "ann", State: softdelete.Restorable, Limit: 10,
	})
	if err != nil || len(list) == 0 {
		log.Fatal(err)
	}
	rows, err := softdelete.DeletionRows(ctx, db, list[0].ID, softdelete.RowFilter{Limit: 50})
	fmt.Println(rows, err)
	err = softdelete.Hold(softdelete.WithActor(ctx, "legal"), db, list[0].ID, "case 7")
	if err != nil {
		log.Fatal(err)
	}
	report, err := softdelete.Purge(ctx, db, softdelete.PurgeOptions{OlderThan: 90 * 24 * time.Hour})
	fmt.Println(report.Purged, err)
}

// A purge that leaves the server to others.
func ExamplePurge_share() {
	ctx := context.Background()
	db, err := softdelete.Open("postgres://app@localhost/shop", policy)
	if err != nil {
		log.Fatal(err)
	}
	report, err := softdelete.Purge(ctx, db, softdelete.PurgeOptions{
		OlderThan: 90 * 24 * time.Hour, Batch: 200, Share: 0.25,
	})
	fmt.Println(report.Purged, err)
}

func ExampleErase() {
	ctx := context.Background()
	db, err := softdelete.Open("postgres://app@localhost/shop", policy)
	if err != nil {
		log.Fatal(err)
	}
	report, err := softdelete.Erase(softdelete.WithActor(ctx, "dpo"), db, "users", 7)
	fmt.Println(report.Erased(), err)
}

func ExampleOpen() {
	db, err := softdelete.Open("postgres://app@localhost/shop", softdelete.Policy{
		Tables: []softdelete.Table{{Name: "users"}},
	})
	if err != nil {
		log.Fatal(err) // the policy or the DSN is invalid; nothing was connected yet
	}
	defer db.Close()
}

// For libraries that open the database themselves, and want a driver's name.
func ExampleRegister() {
	if err := softdelete.Register("shop", policy); err != nil {
		log.Fatal(err)
	}
	db, err := sql.Open("shop", "postgres://app@localhost/shop")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}

// For a connection that is configured in Go.
func ExampleWrapConnector() {
	config, err := pgx.ParseConfig("postgres://app@localhost/shop")
	if err != nil {
		log.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "shop"

	connector, err := softdelete.WrapConnector(stdlib.GetConnector(*config), policy)
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
}

// CopyFrom inserts rows and reads none, so that it may go past the policy.
func ExampleUnwrap() {
	ctx := context.Background()
	db, err := softdelete.Open(os.Getenv("DATABASE_URL"), policy)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	err = conn.Raw(func(driverConn any) error {
		beneath, ok := softdelete.Unwrap(driverConn).(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("not a connection of pgx: %T", driverConn)
		}
		rows := pgx.CopyFromRows([][]any{{1, "Ann"}, {2, "Bob"}})
		_, err := beneath.Conn().CopyFrom(ctx, pgx.Identifier{"users"}, []string{"id", "name"}, rows)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
}

// A deployment can compare the policy with the database before it starts.
func ExampleCheck() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := softdelete.Check(context.Background(), db, policy); err != nil {
		log.Fatal(err) // every table and column that does not fit
	}
}

// Every table of a join shows live rows only.
func ExampleRewriter_Rewrite() {
	show(context.Background(), "SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id")
	// Output:
	// SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL AND o.deleted_at IS NULL
}

// A LEFT JOIN keeps the users whose orders are all deleted.
func ExampleRewriter_Rewrite_leftJoin() {
	show(context.Background(), "SELECT u.name, o.total FROM users u LEFT JOIN orders o ON o.user_id = u.id")
	// Output:
	// SELECT u.name, o.total FROM users u LEFT JOIN (orders o JOIN (SELECT) AS _sd1 ON o.deleted_at IS NULL) ON o.user_id = u.id WHERE u.deleted_at IS NULL
}

// An OR of the application cannot reach around the condition.
func ExampleRewriter_Rewrite_or() {
	show(context.Background(), "SELECT * FROM users WHERE name = $1 OR email = $2")
	// Output:
	// SELECT * FROM users WHERE users.deleted_at IS NULL AND (name = $1 OR email = $2)
}

// A DELETE marks rows, and reports as many as a real one would.
func ExampleRewriter_Rewrite_delete() {
	show(context.Background(), "DELETE FROM orders USING users u WHERE u.id = orders.user_id AND u.name = $1")
	// Output:
	// UPDATE orders SET deleted_at = now() FROM (users u JOIN (SELECT) AS _sd1 ON u.deleted_at IS NULL) WHERE orders.deleted_at IS NULL AND (u.id = orders.user_id AND u.name = $1)
}

// What names no table of the policy is sent as it is, to the byte.
func ExampleRewriter_Rewrite_untouched() {
	show(context.Background(), "SELECT  /*+ IndexScan(p) */  * FROM products p -- all of them")
	// Output:
	// SELECT  /*+ IndexScan(p) */  * FROM products p -- all of them
}

func ExampleWithDeleted() {
	ctx := softdelete.WithDeleted(context.Background(), "orders") // users stay filtered
	show(ctx, "SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id")
	// Output:
	// SELECT u.name, o.total FROM users u JOIN orders o ON o.user_id = u.id WHERE u.deleted_at IS NULL
}

// Restoring: an UPDATE that sees deleted rows gives the marker its live value.
func ExampleOnlyDeleted() {
	ctx := softdelete.OnlyDeleted(context.Background(), "users")
	show(ctx, "SELECT * FROM users")
	show(ctx, "UPDATE users SET deleted_at = NULL WHERE id = $1")
	// Output:
	// SELECT * FROM users WHERE users.deleted_at IS NOT NULL
	// UPDATE users SET deleted_at = NULL WHERE users.deleted_at IS NOT NULL AND (id = $1)
}

// Emptying the trash: hard deletes, of deleted rows only.
func ExampleHardDelete() {
	ctx := softdelete.HardDelete(softdelete.OnlyDeleted(context.Background(), "users"), "users")
	show(ctx, "DELETE FROM users WHERE deleted_at < now() - interval '90 days'")
	// Output:
	// DELETE FROM users WHERE users.deleted_at IS NOT NULL AND (deleted_at < now() - interval '90 days')
}

func ExampleErrUnboundedHardDelete() {
	r, err := softdelete.NewRewriter(policy)
	if err != nil {
		log.Fatal(err)
	}
	_, err = r.Rewrite(softdelete.HardDelete(context.Background()), "DELETE FROM users")
	fmt.Println(errors.Is(err, softdelete.ErrUnboundedHardDelete), errors.Is(err, softdelete.ErrRefused))
	// Output:
	// true true
}

func ExampleAllowUnboundedHardDelete() {
	r, err := softdelete.NewRewriter(policy, softdelete.AllowUnboundedHardDelete())
	if err != nil {
		log.Fatal(err)
	}
	got, err := r.Rewrite(softdelete.HardDelete(context.Background()), "DELETE FROM users")
	fmt.Println(got, err)
	// Output:
	// DELETE FROM users <nil>
}

// A refusal says which table is concerned, where, why, and what to do instead.
func ExampleRefusedError() {
	r, err := softdelete.NewRewriter(policy)
	if err != nil {
		log.Fatal(err)
	}
	_, err = r.Rewrite(context.Background(), "TRUNCATE users")
	var refused *softdelete.RefusedError
	if errors.As(err, &refused) {
		fmt.Println("statement:", refused.Statement)
		fmt.Println("table:    ", refused.Table)
		fmt.Println("character:", refused.Position)
		fmt.Println("why:      ", refused.Why)
		fmt.Println("instead:  ", refused.Instead)
	}
	// Output:
	// statement: TRUNCATE
	// table:     users
	// character: 10
	// why:       TRUNCATE destroys every row, deleted ones included
	// instead:   use DELETE, or HardDelete if that is what you want
}

func ExampleErrParse() {
	r, err := softdelete.NewRewriter(policy)
	if err != nil {
		log.Fatal(err)
	}
	_, err = r.Rewrite(context.Background(), "SELECT * FORM users")
	fmt.Println(errors.Is(err, softdelete.ErrParse))
	// Output:
	// true
}

// A scope that names no table of the policy is a mistake, not an empty scope.
func ExampleWithDeleted_unknownTable() {
	show(softdelete.WithDeleted(context.Background(), "user"), "SELECT 1")
	// Output:
	// softdelete: refused: the context's WithDeleted names "user", which is not a table of the policy; did you mean "users"? the policy has users, orders
}

func ExampleLoadPolicy() {
	p, err := softdelete.LoadPolicy(strings.NewReader(`
tables:
  - name: users
  - name: features
    column: is_deleted
    marker: flag
`))
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range p.Tables {
		fmt.Println(t.Name, t.Marker)
	}
	// Output:
	// users timestamp
	// features flag
}

// All problems come at once, each with its line and a remedy.
func ExampleLoadPolicy_problems() {
	_, err := softdelete.LoadPolicy(strings.NewReader(`
tables:
  - name: users
    marker: timestmp
  - name: orders
    colum: removed
`))
	fmt.Println(err)
	// Output:
	// softdelete: policy: tables[0].marker (line 4): "timestmp" is not a choice; did you mean timestamp? write one of timestamp, flag, unix_seconds, unix_millis, unix_nanos
	// softdelete: policy: tables[1] (line 6): unknown key "colum"; did you mean column? the keys here are name, column, marker, primary_key, partition_of, deletion_id, deleted_by, reason, updated_at, mode, renamed, on_blocked, columns, unique_keys, only_key, hidden, keep_for
}

// What this version cannot do is refused, and not ignored in silence.
func ExamplePolicy_Validate() {
	p := softdelete.Policy{Tables: []softdelete.Table{{Name: "users", KeepFor: -1}}}
	fmt.Println(p.Validate())
	// Output:
	// softdelete: policy: tables[0].keep_for: -1ns is negative; write how long deleted rows are kept, such as 90d
}

func ExampleSavePolicy() {
	p := softdelete.Policy{Tables: []softdelete.Table{
		{Name: "users"},
		{Name: "*.documents", Column: "removed", Marker: softdelete.Flag},
	}}
	if err := softdelete.SavePolicy(os.Stdout, p); err != nil {
		log.Fatal(err)
	}
	// Output:
	// tables:
	//   - name: users
	//   - name: '*.documents'
	//     column: removed
	//     marker: flag
}

// Each kind of marker has one live value, and a test of its own for it.
func ExampleMarker() {
	r, err := softdelete.NewRewriter(softdelete.Policy{Tables: []softdelete.Table{
		{Name: "users"},
		{Name: "features", Column: "is_deleted", Marker: softdelete.Flag},
		{Name: "visits", Column: "deleted_unix", Marker: softdelete.UnixSeconds},
		{Name: "clicks", Column: "deleted_ms", Marker: softdelete.UnixMillis},
		{Name: "ticks", Column: "deleted_ns", Marker: softdelete.UnixNanos},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, table := range []string{"users", "features", "visits", "clicks", "ticks"} {
		got, err := r.Rewrite(context.Background(), "DELETE FROM "+table+" WHERE id = 7")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(got)
	}
	// Output:
	// UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = 7)
	// UPDATE features SET is_deleted = true WHERE NOT features.is_deleted AND (id = 7)
	// UPDATE visits SET deleted_unix = floor(extract(epoch FROM now()))::bigint WHERE visits.deleted_unix = 0 AND (id = 7)
	// UPDATE clicks SET deleted_ms = floor(extract(epoch FROM now()) * 1000)::bigint WHERE clicks.deleted_ms = 0 AND (id = 7)
	// UPDATE ticks SET deleted_ns = floor(extract(epoch FROM now()) * 1000000000)::bigint WHERE ticks.deleted_ns = 0 AND (id = 7)
}

func ExampleRewriter_Explain() {
	rewriter, err := softdelete.NewRewriter(softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "orders"}}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	e := rewriter.Explain(ctx, "SELECT * FROM orders o LEFT JOIN users u ON u.id = o.user_id")
	fmt.Println(e.Outcome)
	for _, step := range e.Steps {
		fmt.Println(step)
	}
	// Output:
	// filtered
	// where: only live rows of orders
	// join: only live rows of users
}

func ExampleWithObserver() {
	dsn, policy := "postgres://app@localhost/shop", softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}}
	db, err := softdelete.Open(dsn, policy, softdelete.WithObserver(softdelete.LogObserver(slog.Default())))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}
