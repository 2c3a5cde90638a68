package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// reads counts how often the catalog is read.
type reads struct{ atomic.Int64 }

func (r *reads) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if strings.Contains(data.SQL, "pg_catalog.pg_inherits") {
		r.Add(1)
	}
	return ctx
}

func (r *reads) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// openDiscovering opens a database with a policy that discovers, behind a counter.
func openDiscovering(t *testing.T, ddl string, p softdelete.Policy, opts ...softdelete.Option) (ours, plain *sql.DB, n *reads) {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	plain = openPlain(t, dsn)
	mustExec(t, plain, ddl)
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	n = &reads{}
	config.Tracer = n
	p.Discover = true
	c, err := softdelete.WrapConnector(stdlib.GetConnector(*config), p, opts...)
	if err != nil {
		t.Fatal(err)
	}
	ours = sql.OpenDB(c)
	t.Cleanup(func() { _ = ours.Close() })
	return ours, plain, n
}

const shop = `
CREATE TABLE users (id int PRIMARY KEY, email text, deleted_at timestamptz);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, deleted_at timestamptz);
CREATE TABLE items (id int PRIMARY KEY, order_id int CONSTRAINT items_order REFERENCES orders, deleted_at timestamptz);
CREATE TABLE logs (id int PRIMARY KEY, removed boolean NOT NULL DEFAULT false);
CREATE TABLE versions (version int);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO orders VALUES (10, 1), (20, 2);
INSERT INTO items VALUES (200, 20);
INSERT INTO logs VALUES (1);
`

func TestDiscoverAtTheFirstConnection(t *testing.T) {
	db, plain, n := openDiscovering(t, shop, softdelete.Policy{})
	mustExec(t, db, `DELETE FROM users WHERE id = 1`)
	equalText(t, "orders", all(t, db, `SELECT id FROM orders ORDER BY id`), "20")
	equalText(t, "all orders", all(t, plain, `SELECT id FROM orders ORDER BY id`), "10,20")
	_, err := db.Exec(`DELETE FROM users WHERE id = 2`)
	foreignKeyError(t, "users", err, "items_order")
	mustExec(t, db, `DELETE FROM logs`)
	equalText(t, "logs", all(t, plain, `SELECT count(*) FROM logs`), "0")
	if _, err := db.ExecContext(softdelete.HardDelete(t.Context(), "orders"), `DELETE FROM orders WHERE id = 10`); err != nil {
		t.Errorf("scopes know the tables: %v", err)
	}
	if n := n.Load(); n != 1 {
		t.Errorf("the catalog was read %d times", n)
	}
}

// What the policy says counts, and it is completed.
func TestDiscoverKeepsWhatThePolicySays(t *testing.T) {
	p := softdelete.Policy{
		Tables: []softdelete.Table{{Name: "logs", Column: "removed", Marker: softdelete.Flag}},
		ForeignKeys: []softdelete.ForeignKey{
			{Name: "items_order", Table: "items", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.KeepVisible},
		},
	}
	db, plain, _ := openDiscovering(t, shop, p)
	mustExec(t, db, `DELETE FROM users WHERE id = 2`)
	equalText(t, "items", all(t, db, `SELECT id FROM items`), "200")
	equalText(t, "orders", all(t, db, `SELECT id FROM orders`), "10")
	mustExec(t, db, `DELETE FROM logs`)
	equalText(t, "logs", all(t, plain, `SELECT removed FROM logs`), "true")
	equalText(t, "live logs", all(t, db, `SELECT count(*) FROM logs`), "0")
}

func TestDiscoverRefusesToConnect(t *testing.T) {
	for _, tt := range []struct {
		name, ddl string
		p         softdelete.Policy
		opts      []softdelete.Option
		want      string // "" for none
	}{
		{
			"a misspelt table", shop,
			softdelete.Policy{Tables: []softdelete.Table{{Name: "logs", Column: "removed", Marker: softdelete.Flag}, {Name: "usres"}}},
			nil,
			"tables[1].name: the database has no table usres",
		},
		{"a table that may be missing", shop, softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "usres"}}}, []softdelete.Option{softdelete.AllowMissingTables()}, ""},
		{
			"a cascade out of the policy", shop + `CREATE TABLE sessions (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE)`,
			softdelete.Policy{},
			nil,
			"foreign key sessions_user_id_fkey of sessions: a delete from users would have to destroy rows of sessions, which is not in tables",
		},
		{"one that the policy overrides", shop + `CREATE TABLE sessions (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE)`, softdelete.Policy{ForeignKeys: []softdelete.ForeignKey{
			{Table: "sessions", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.KeepVisible},
		}}, nil, ""},
		{
			"an inheritance tree with a foreign key", shop + `CREATE TABLE big_orders (PRIMARY KEY (id)) INHERITS (orders)`,
			softdelete.Policy{},
			nil,
			"the foreign key orders_user_id_fkey of public.orders cannot be followed",
		},
		{
			"every schema", `CREATE SCHEMA t1; CREATE TABLE t1.docs (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE t1.pages (id int PRIMARY KEY, doc int REFERENCES t1.docs ON DELETE CASCADE, deleted_at timestamptz);
			CREATE SCHEMA t2; CREATE TABLE t2.docs (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE t2.pages (id int PRIMARY KEY, doc int REFERENCES t2.docs ON DELETE CASCADE, deleted_at timestamptz)`,
			softdelete.Policy{Tables: []softdelete.Table{{Name: "*.docs"}, {Name: "*.pages"}}},
			nil, "",
		},
		{
			"every schema, and one is different", `CREATE SCHEMA t1; CREATE TABLE t1.docs (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE t1.pages (id int PRIMARY KEY, doc int REFERENCES t1.docs ON DELETE CASCADE, deleted_at timestamptz);
			CREATE SCHEMA t2; CREATE TABLE t2.docs (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE TABLE t2.pages (id int PRIMARY KEY, doc int, deleted_at timestamptz)`,
			softdelete.Policy{Tables: []softdelete.Table{{Name: "*.docs"}, {Name: "*.pages"}}},
			nil,
			"t1.pages has the foreign key pages_doc_fkey to docs, and t2.pages has not",
		},
		{
			"from every schema to one", `CREATE TABLE plans (id int PRIMARY KEY, deleted_at timestamptz);
			CREATE SCHEMA t1; CREATE TABLE t1.docs (id int PRIMARY KEY, plan int REFERENCES plans, deleted_at timestamptz)`,
			softdelete.Policy{Tables: []softdelete.Table{{Name: "*.docs"}}},
			nil,
			"the foreign key docs_plan_fkey of t1.docs leads from one schema to all of them",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db, plain, _ := openDiscovering(t, tt.ddl, tt.p, tt.opts...)
			tt.p.Discover = true
			for what, err := range map[string]error{"connecting": db.Ping(), "Check": softdelete.Check(t.Context(), plain, tt.p)} {
				if what == "Check" && tt.opts != nil {
					continue
				}
				var bad *softdelete.PolicyError
				if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("%s: got %v, want %q", what, err, tt.want)
				}
			}
		})
	}
}

func TestDiscoverInEverySchema(t *testing.T) {
	db, plain, _ := openDiscovering(t, `
		CREATE SCHEMA t1; CREATE TABLE t1.docs (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE t1.pages (id int PRIMARY KEY, doc int REFERENCES t1.docs ON DELETE CASCADE, deleted_at timestamptz);
		CREATE SCHEMA t2; CREATE TABLE t2.docs (id int PRIMARY KEY, deleted_at timestamptz);
		CREATE TABLE t2.pages (id int PRIMARY KEY, doc int REFERENCES t2.docs ON DELETE CASCADE, deleted_at timestamptz);
		INSERT INTO t1.docs VALUES (1); INSERT INTO t1.pages VALUES (1, 1);
		INSERT INTO t2.docs VALUES (1); INSERT INTO t2.pages VALUES (1, 1);`,
		softdelete.Policy{Tables: []softdelete.Table{{Name: "*.docs"}, {Name: "*.pages"}}})
	mustExec(t, db, `DELETE FROM t2.docs`)
	equalText(t, "pages", all(t, plain, `SELECT deleted_at IS NULL FROM t1.pages UNION ALL SELECT deleted_at IS NULL FROM t2.pages`), "true,false")
}

// Many connections at once ask the catalog once.
func TestDiscoverOnce(t *testing.T) {
	db, _, n := openDiscovering(t, shop, softdelete.Policy{})
	var wg sync.WaitGroup
	errs := make(chan error, 20)
	for range 20 {
		wg.Go(func() {
			conn, err := db.Conn(context.Background())
			if err == nil {
				_, err = conn.ExecContext(context.Background(), `SELECT * FROM users`)
				err = errors.Join(err, conn.Close())
			}
			errs <- err
		})
	}
	wg.Wait()
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	// What an application does all day asks it no more.
	for _, text := range []string{
		`SELECT * FROM users`, `INSERT INTO users VALUES (3)`, `DELETE FROM users WHERE id = 3`, `BEGIN`, `COMMIT`, `BEGIN`, `ROLLBACK`,
		`CREATE TEMPORARY TABLE scratch (id int, deleted_at timestamptz)`, `DROP TABLE IF EXISTS scratch`, `SELECT 1 AS one INTO TEMP scratch`,
		`CREATE INDEX ON users (email)`, `CREATE VIEW v AS SELECT * FROM users`, `DROP VIEW v`, `CREATE SEQUENCE s`, `SET application_name = 'x'`, `TRUNCATE versions`,
	} {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		_ = conn.Close()
	}
	if n := n.Load(); n != 1 {
		t.Errorf("the catalog was read %d times", n)
	}
}

// twoConns are two connections of the pool, and a third that is plain.
func twoConns(t *testing.T, db *sql.DB) (a, b *sql.Conn) {
	t.Helper()
	for _, c := range []**sql.Conn{&a, &b} {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		*c = conn
	}
	return a, b
}

func run(t *testing.T, on softdelete.Execer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := on.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
	}
}

// soft reports whether the connection deletes softly from the table, whose row 1 it
// deletes to find out and puts back.
func soft(t *testing.T, on softdelete.Execer, table string) bool {
	t.Helper()
	run(t, on, `INSERT INTO `+table+` (id) VALUES (99)`, `DELETE FROM `+table+` WHERE id = 99`)
	hard := softdelete.HardDelete(softdelete.WithDeleted(t.Context()))
	res, err := on.ExecContext(hard, `DELETE FROM `+table+` WHERE id = 99`)
	if err != nil {
		t.Fatal(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}

// A change of the schema is known to the next statement, on whichever connection.
func TestSchemaChangesAreFollowed(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   []string
		soft bool // afterwards, public.t
	}{
		{"CREATE TABLE", []string{`CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz)`}, true},
		{"CREATE TABLE AS", []string{`CREATE TABLE t AS SELECT 1 AS id, NULL::timestamptz AS deleted_at`}, true},
		{"SELECT INTO", []string{`SELECT 1 AS id, NULL::timestamptz AS deleted_at INTO t`}, true},
		{"SELECT INTO of a UNION", []string{`SELECT 1 AS id, NULL::timestamptz AS deleted_at INTO t UNION SELECT 2, NULL`}, true},
		{"CREATE SCHEMA with elements", []string{`CREATE SCHEMA s CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz)`, `ALTER TABLE s.t SET SCHEMA public`}, true},
		{"ADD COLUMN", []string{`CREATE TABLE t (id int PRIMARY KEY)`, `ALTER TABLE t ADD COLUMN deleted_at timestamptz`}, true},
		{"DROP COLUMN", []string{`CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz)`, `ALTER TABLE t DROP COLUMN deleted_at`}, false},
		{"SET NOT NULL", []string{`CREATE TABLE t (id int PRIMARY KEY, is_deleted boolean DEFAULT false)`, `ALTER TABLE t ALTER is_deleted SET NOT NULL`}, true},
		{"RENAME", []string{`CREATE TABLE u (id int PRIMARY KEY, deleted_at timestamptz)`, `ALTER TABLE u RENAME TO t`}, true},
		{"RENAME COLUMN", []string{`CREATE TABLE t (id int PRIMARY KEY, gone timestamptz)`, `ALTER TABLE t RENAME gone TO deleted_at`}, true},
		{"DROP and CREATE", []string{`CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz)`, `DROP TABLE t`, `CREATE TABLE t (id int PRIMARY KEY)`}, false},
		{"DO", []string{`DO $$ BEGIN CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz); END $$`}, true},
		{"several statements", []string{`CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ADD deleted_at timestamptz; INSERT INTO t VALUES (1)`}, true},
		{"several statements with a transaction", []string{`BEGIN; CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz); COMMIT`}, true},
		{"a transaction", []string{`BEGIN`, `CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz)`, `COMMIT`}, true},
		{"a chain of transactions", []string{`BEGIN`, `CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz)`, `COMMIT AND CHAIN`}, true},
		{"a savepoint", []string{`CREATE TABLE t (id int PRIMARY KEY)`, `BEGIN`, `SAVEPOINT s`, `ALTER TABLE t ADD deleted_at timestamptz`, `ROLLBACK TO s`, `COMMIT`}, false},
		{"a transaction that is rolled back", []string{`CREATE TABLE t (id int PRIMARY KEY)`, `BEGIN`, `ALTER TABLE t ADD deleted_at timestamptz`, `ROLLBACK`}, false},
		{"EXPLAIN ANALYZE", []string{`EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1 AS id, NULL::timestamptz AS deleted_at`}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db, _, _ := openDiscovering(t, shop, softdelete.Policy{})
			a, b := twoConns(t, db)
			run(t, a, tt.do...)
			if got := soft(t, b, "t"); got != tt.soft {
				t.Errorf("on another connection: soft is %t", got)
			}
			if got := soft(t, a, "t"); got != tt.soft {
				t.Errorf("on the same connection: soft is %t", got)
			}
		})
	}
}

// A text that fails half way may have changed the schema all the same.
func TestSchemaChangesOfFailedTexts(t *testing.T) {
	db, _, _ := openDiscovering(t, shop, softdelete.Policy{})
	a, b := twoConns(t, db)
	if _, err := a.ExecContext(t.Context(), `BEGIN; CREATE TABLE t (id int PRIMARY KEY, deleted_at timestamptz); COMMIT; SELECT 1 / 0`); err == nil {
		t.Fatal("no error")
	}
	if !soft(t, b, "t") || !soft(t, a, "t") {
		t.Error("the table is not known")
	}
}

// Queries that are prepared, too, follow the schema.
func TestSchemaChangesAndPreparedStatements(t *testing.T) {
	db, plain, _ := openDiscovering(t, shop+`CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)`, softdelete.Policy{})
	a, _ := twoConns(t, db)
	stmt, err := a.PrepareContext(t.Context(), `DELETE FROM t WHERE id = $1`)
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	run(t, a, `PREPARE p AS DELETE FROM t WHERE id = 2`, `ALTER TABLE t ADD deleted_at timestamptz`)
	if _, err := stmt.Exec(1); err != nil {
		t.Fatal(err)
	}
	_, err = a.ExecContext(t.Context(), `EXECUTE p`)
	if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "before the schema changed") {
		t.Errorf("EXECUTE: %v", err)
	}
	equalText(t, "rows", all(t, plain, `SELECT count(*) FROM t`), "2")
	run(t, a, `DEALLOCATE p`, `PREPARE p AS DELETE FROM t WHERE id = 2`, `EXECUTE p`)
	equalText(t, "dead rows", all(t, plain, `SELECT count(*) FROM t WHERE deleted_at IS NOT NULL`), "2")
}

// A transaction knows what it has changed, and nobody else does before the commit.
func TestSchemaChangesInTransactions(t *testing.T) {
	for _, end := range []string{"COMMIT", "ROLLBACK", "Commit", "Rollback", "lost"} {
		t.Run(end, func(t *testing.T) {
			db, plain, n := openDiscovering(t, shop+`CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY)`, softdelete.Policy{})
			a, b := twoConns(t, db)
			var on softdelete.Execer = a
			var tx *sql.Tx
			if end == "Commit" || end == "Rollback" {
				var err error
				if tx, err = a.BeginTx(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				on = tx
			} else {
				run(t, a, `BEGIN`)
			}
			run(t, on, `ALTER TABLE other ADD COLUMN deleted_at timestamptz`, `CREATE TABLE mine (id int PRIMARY KEY, deleted_at timestamptz)`)
			if !soft(t, on, "other") || !soft(t, on, "mine") {
				t.Error("the transaction itself does not know")
			}
			before := n.Load()
			if soft(t, b, "t") {
				t.Error("t has no marker")
			}
			if n.Load() != before {
				t.Error("another connection reads the catalog for nothing")
			}
			switch end {
			case "Commit":
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
			case "Rollback":
				if err := tx.Rollback(); err != nil {
					t.Fatal(err)
				}
			case "lost":
				var pid int
				if err := a.QueryRowContext(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
					t.Fatal(err)
				}
				equalText(t, "terminated", all(t, plain, `SELECT pg_terminate_backend($1, 10000)`, pid), "true")
				if _, err := a.ExecContext(t.Context(), `COMMIT`); err == nil {
					t.Fatal("the connection is not lost")
				}
				var err error
				if a, err = db.Conn(t.Context()); err != nil {
					t.Fatal(err)
				}
				defer a.Close()
			default:
				run(t, a, end)
			}
			committed := strings.EqualFold(end, "commit")
			if got := soft(t, b, "other"); got != committed {
				t.Errorf("afterwards, on another connection: soft is %t", got)
			}
			if got := soft(t, a, "other"); got != committed {
				t.Errorf("afterwards, on the same connection: soft is %t", got)
			}
		})
	}
}

// While one transaction drops a table's marker, the others must go on protecting it.
// (They can only be asked what they know: the table itself is locked.)
func TestUncommittedChangesAreNotShared(t *testing.T) {
	db, _, _ := openDiscovering(t, shop+`CREATE TABLE t (id int PRIMARY KEY)`, softdelete.Policy{})
	a, b := twoConns(t, db)
	run(t, a, `BEGIN`, `ALTER TABLE items DROP COLUMN deleted_at`, `SELECT 1`)
	run(t, b, `ALTER TABLE t ADD deleted_at timestamptz`) // makes everybody read anew
	run(t, a, `SELECT 2`)
	items := softdelete.HardDelete(t.Context(), "items")
	if _, err := a.ExecContext(items, `SELECT 3`); err == nil {
		t.Error("the transaction itself does not know what it has dropped")
	}
	if !soft(t, b, "t") {
		t.Error("a change that was committed is not known")
	}
	if _, err := b.ExecContext(items, `SELECT 3`); err != nil {
		t.Errorf("items is no table of the policy any more: %v", err)
	}
	run(t, a, `ROLLBACK`)
	if _, err := a.ExecContext(items, `SELECT 3`); err != nil {
		t.Errorf("after the rollback: %v", err)
	}
}

// A transaction whose snapshot is older than a change cannot see what it was.
func TestSchemaChangesBehindASnapshot(t *testing.T) {
	db, _, _ := openDiscovering(t, shop+`CREATE TABLE t (id int PRIMARY KEY)`, softdelete.Policy{})
	a, b := twoConns(t, db)
	for _, level := range []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead} {
		tx, err := a.BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
		if err != nil {
			t.Fatal(err)
		}
		run(t, tx, `SELECT count(*) FROM users`)
		if level == sql.LevelReadCommitted {
			run(t, b, `ALTER TABLE t ADD deleted_at timestamptz`)
			if !soft(t, tx, "t") {
				t.Error("read committed: the change is not seen")
			}
		} else {
			run(t, b, `CREATE TABLE u (id int PRIMARY KEY, deleted_at timestamptz)`)
			_, err := tx.ExecContext(t.Context(), `SELECT * FROM u`)
			if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "after this transaction took its snapshot") {
				t.Errorf("repeatable read: %v", err)
			}
			// Once anybody has read the catalog, what it says is known.
			run(t, b, `SELECT 1`)
			run(t, tx, `DELETE FROM u`)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	if !soft(t, a, "t") || !soft(t, a, "u") {
		t.Error("the next transaction does not know")
	}
}

// A text is rewritten before its first statement runs.
func TestStatementsBehindASchemaChange(t *testing.T) {
	db, plain, _ := openDiscovering(t, shop+`CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)`, softdelete.Policy{})
	const add = `ALTER TABLE t ADD deleted_at timestamptz; `
	for _, text := range []string{
		`DELETE FROM t`, `UPDATE t SET id = 2`, `SELECT * FROM t`, `TRUNCATE t`, `WITH d AS (DELETE FROM t RETURNING id) SELECT * FROM d`,
		`INSERT INTO t SELECT id + 1 FROM t`, `INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING`, `INSERT INTO t VALUES ((SELECT max(id) FROM t) + 1)`,
		`CREATE VIEW v AS SELECT * FROM t`, `EXECUTE p`, `COPY t TO STDOUT`, `PREPARE q AS DELETE FROM t`, `CREATE TABLE c AS SELECT * FROM t`,
	} {
		for _, change := range []string{add, `CREATE TABLE n (id int); `, `ROLLBACK; `, `DO $$ BEGIN END $$; `} {
			_, err := db.Exec(change + text)
			if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "a statement before it in the same text changes the schema") {
				t.Errorf("%s%s: got %v", change, text, err)
			}
		}
	}
	equalText(t, "rows", all(t, plain, `SELECT count(*) FROM t`), "1")
	for _, text := range []string{
		add + `INSERT INTO t VALUES (2); ALTER TABLE t ADD c int; CREATE INDEX ON t (c); SELECT 1; SET application_name = 'x'`,
		`DELETE FROM t WHERE id = 2; CREATE TABLE n (id int)`,
		`BEGIN; SELECT * FROM t; COMMIT; SELECT * FROM t`,
		`CREATE TEMPORARY TABLE scratch (id int); INSERT INTO scratch SELECT id FROM t; DELETE FROM scratch`,
	} {
		if _, err := db.Exec(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	equalText(t, "live rows", all(t, db, `SELECT count(*) FROM t`), "1")
	equalText(t, "all rows", all(t, plain, `SELECT count(*) FROM t`), "2")
}

// Behind the ROLLBACK of a failed transaction the schema is another one.
func TestStatementsBehindAFailedTransaction(t *testing.T) {
	db, plain, _ := openDiscovering(t, shop, softdelete.Policy{})
	a, _ := twoConns(t, db)
	run(t, a, `BEGIN`, `ALTER TABLE items DROP COLUMN deleted_at`)
	if _, err := a.ExecContext(t.Context(), `SELECT 1 / 0`); err == nil {
		t.Fatal("no error")
	}
	for _, text := range []string{`ROLLBACK; DELETE FROM items`, `COMMIT; DELETE FROM items`} {
		_, err := a.ExecContext(t.Context(), text)
		if !errors.Is(err, softdelete.ErrRefused) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	run(t, a, `ROLLBACK`, `DELETE FROM items`)
	equalText(t, "items", all(t, plain, `SELECT count(*) FROM items`), "1")
}

// A change that the policy does not fit puts its tables out of bounds, and no more,
// until the schema is put right.
func TestSchemaChangesThatDoNotFit(t *testing.T) {
	db, plain, _ := openDiscovering(t, shop+`CREATE TABLE accounts (id int PRIMARY KEY)`, softdelete.Policy{})
	a, b := twoConns(t, db)
	run(t, a, `CREATE TABLE sessions (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE)`,
		`ALTER TABLE users ADD account_id int REFERENCES accounts ON DELETE CASCADE`)
	for _, conn := range []*sql.Conn{a, b} {
		for _, text := range []string{`DELETE FROM users`, `SELECT * FROM items`, `DELETE FROM accounts`, `DELETE FROM sessions`, `TRUNCATE users`, `COPY users TO STDOUT`} {
			_, err := conn.ExecContext(t.Context(), text)
			var bad *softdelete.PolicyError
			if !errors.Is(err, softdelete.ErrRefused) || !errors.As(err, &bad) {
				t.Errorf("%s: got %v", text, err)
			}
		}
		if _, err := softdelete.Restore(t.Context(), conn, "users", 1); !errors.Is(err, softdelete.ErrRefused) {
			t.Errorf("Restore: %v", err)
		}
		run(t, conn, `SELECT * FROM versions`, `UPDATE versions SET version = 1`, `SELECT 1`)
	}
	third, err := db.Conn(t.Context())
	if err != nil {
		t.Fatalf("a new connection: %v", err)
	}
	defer third.Close()
	run(t, third, `ALTER TABLE sessions ADD deleted_at timestamptz`, `ALTER TABLE users DROP COLUMN account_id`)
	run(t, b, `INSERT INTO sessions VALUES (1, 1)`, `DELETE FROM users WHERE id = 1`)
	equalText(t, "sessions", all(t, plain, `SELECT deleted_at IS NULL FROM sessions`), "false")
}

// From nothing, by migrations through the driver.
func TestDiscoverAnEmptyDatabase(t *testing.T) {
	db, plain, _ := openDiscovering(t, `SELECT`, softdelete.Policy{Tables: []softdelete.Table{{Name: "logs", Column: "removed", Marker: softdelete.Flag}, {Name: "users"}}})
	a, b := twoConns(t, db)
	run(t, a, `CREATE TABLE versions (version int)`, `INSERT INTO versions VALUES (0)`)
	run(t, b, shop[:strings.Index(shop, "CREATE TABLE versions")])
	run(t, a, `INSERT INTO users VALUES (1)`, `INSERT INTO orders VALUES (1, 1)`, `INSERT INTO logs VALUES (1)`, `DELETE FROM logs`, `DELETE FROM users`)
	equalText(t, "orders", all(t, plain, `SELECT deleted_at IS NULL FROM orders`), "false")
	equalText(t, "logs", all(t, plain, `SELECT removed FROM logs`), "true")
	if _, err := softdelete.Restore(t.Context(), a, "users", 1); err != nil {
		t.Error(err)
	}
	equalText(t, "orders", all(t, db, `SELECT id FROM orders`), "1")
}

// While nothing is there, each new connection looks again: another client may have
// migrated the database, and names may be misspelt.
func TestDiscoverLooksAgainWhileThereIsNothing(t *testing.T) {
	db, plain, n := openDiscovering(t, `SELECT`, softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "order"}}})
	a, b := twoConns(t, db)
	run(t, a, `SELECT 1`)
	run(t, b, `SELECT 1`)
	if n := n.Load(); n != 2 {
		t.Errorf("the catalog was read %d times", n)
	}
	mustExec(t, plain, shop)
	_, err := db.Conn(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the database has no table order") {
		t.Errorf("got %v", err)
	}
}

func TestRewriterDoesNotDiscover(t *testing.T) {
	_, err := softdelete.NewRewriter(softdelete.Policy{Discover: true})
	equalText(t, "error", fmt.Sprint(policyProblems(t, err)),
		"[softdelete: policy: discover: a Rewriter has no database to discover tables and foreign keys in; open the database with the policy, or pass what the function Discover returns]")
}

func TestDiscoverRegisteredDriver(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, shop)
	if err := softdelete.Register("discovering", softdelete.Policy{Discover: true}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // each pool has a catalog of its own
		db, err := sql.Open("discovering", dsn)
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, `DELETE FROM items`)
		_ = db.Close()
	}
	equalText(t, "items", all(t, plain, `SELECT count(*) FROM items`), "1")
}

const marksLogs = `ALTER TABLE logs DROP COLUMN removed, ADD COLUMN deleted_at timestamptz`

// A migration that runs past the driver is noticed when Refresh says so, on all connections.
func TestRefresh(t *testing.T) {
	db, plain, n := openDiscovering(t, shop, softdelete.Policy{}, softdelete.RefreshAfter(0))
	one, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	mustExec(t, db, `UPDATE users SET email = email`)
	mustExec(t, plain, marksLogs)
	before := n.Load()
	if err := softdelete.Refresh(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, err := one.ExecContext(t.Context(), `DELETE FROM logs`); err != nil {
		t.Fatal(err)
	}
	equalText(t, "kept", all(t, plain, `SELECT count(*) FROM logs WHERE deleted_at IS NOT NULL`), "1")
	equalText(t, "live", all(t, db, `SELECT count(*) FROM logs`), "0")
	if got := n.Load() - before; got != 1 {
		t.Errorf("the catalog was read %d times", got)
	}
	if err := softdelete.Refresh(t.Context(), plain); err == nil {
		t.Error("another driver's database was refreshed")
	}
}

// It is noticed after a while too, and a migration that holds a lock keeps no statement
// waiting for long.
func TestRefreshAfter(t *testing.T) {
	db, plain, n := openDiscovering(t, shop, softdelete.Policy{}, softdelete.RefreshAfter(20*time.Millisecond))
	one, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	tx, err := plain.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), marksLogs+`; LOCK users`); err != nil {
		t.Fatal(err)
	}
	// The catalog is tried to be read, in vain, and statements go on.
	tries := n.Load() + 3
	happens(t, func() bool {
		equalText(t, "versions", all(t, db, `SELECT count(*) FROM versions`), "0")
		return n.Load() >= tries
	})
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	happens(t, func() bool {
		err := one.QueryRowContext(softdelete.OnlyDeleted(t.Context(), "logs"), `SELECT count(*) FROM logs`).Scan(new(int))
		return err == nil // logs is a table of the policy
	})
	if _, err := one.ExecContext(t.Context(), `DELETE FROM logs`); err != nil {
		t.Fatal(err)
	}
	equalText(t, "kept", all(t, plain, `SELECT count(*) FROM logs WHERE deleted_at IS NOT NULL`), "1")
	equalText(t, "live, on another connection", all(t, db, `SELECT count(*) FROM logs`), "0")
}

func happens(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen within 30 seconds")
		}
	}
}
