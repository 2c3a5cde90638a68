package softdelete_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// tripCounter counts how often a connection waits for an answer to what it has sent.
type tripCounter struct {
	net.Conn
	trips *atomic.Int64
	sent  bool
}

func (c *tripCounter) Write(b []byte) (int, error) {
	c.sent = true
	return c.Conn.Write(b)
}

func (c *tripCounter) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.sent {
		c.trips.Add(1)
		c.sent = false
	}
	return n, err
}

// Nothing that the driver does costs a round trip more than pgx alone: not a prepared
// statement, not a transaction, not an argument of a special type, not a cascade.
func TestNoExtraRoundTrips(t *testing.T) {
	const schema = `CREATE TABLE users (id int PRIMARY KEY, name text, tags text[], at timestamptz, deleted_at timestamptz, deletion_id uuid);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
		INSERT INTO users (id, name) SELECT g, 'n' FROM generate_series(1, 100) g; INSERT INTO orders (id, user_id) SELECT g, g FROM generate_series(1, 100) g;`
	policy := softdelete.Policy{
		Tables: []softdelete.Table{{Name: "users", DeletionID: "deletion_id"}, {Name: "orders", DeletionID: "deletion_id"}},
		ForeignKeys: []softdelete.ForeignKey{
			{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		},
	}
	exec := func(text string, args ...any) func(context.Context, *sql.Conn, *sql.Stmt) error {
		return func(ctx context.Context, c *sql.Conn, _ *sql.Stmt) error {
			_, err := c.ExecContext(ctx, text, args...)
			return err
		}
	}
	query := func(text string, args ...any) func(context.Context, *sql.Conn, *sql.Stmt) error {
		return func(ctx context.Context, c *sql.Conn, _ *sql.Stmt) error {
			rows, err := c.QueryContext(ctx, text, args...)
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return rows.Close()
		}
	}
	steps := []struct {
		name string
		do   func(context.Context, *sql.Conn, *sql.Stmt) error
	}{
		{"select", query(`SELECT id, name FROM users WHERE id = $1`, 7)},
		{"join", query(`SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id < $1`, 7)},
		{"update", exec(`UPDATE users SET tags = $1, at = $2 WHERE id = $3`, []string{"a"}, time.Now(), 5)},
		{"insert", exec(`INSERT INTO orders (id, user_id) SELECT $1::int + max(id), 5 FROM orders`, 1)},
		{"insert returning", query(`INSERT INTO orders (id, user_id) SELECT $1::int + max(id), 5 FROM orders RETURNING id`, 1)},
		{"cascade", exec(`DELETE FROM users WHERE id = (SELECT max(id) FROM users)`)},
		{"cascade returning", query(`DELETE FROM users WHERE id = (SELECT max(id) FROM users) RETURNING id`)},
		{"prepared", func(ctx context.Context, _ *sql.Conn, s *sql.Stmt) error {
			var n int
			return s.QueryRowContext(ctx, 3).Scan(&n)
		}},
		{"transaction", func(ctx context.Context, c *sql.Conn, _ *sql.Stmt) error {
			tx, err := c.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM orders WHERE id = $1`, 3); err != nil {
				return err
			}
			return tx.Rollback()
		}},
		{"ping", func(ctx context.Context, c *sql.Conn, _ *sql.Stmt) error { return c.PingContext(ctx) }},
		{"error", func(ctx context.Context, c *sql.Conn, _ *sql.Stmt) error {
			if _, err := c.ExecContext(ctx, `SELECT 1 / (SELECT 0 FROM users LIMIT 1)`); err == nil {
				return fmt.Errorf("no error")
			}
			return nil
		}},
	}
	measure := func(t *testing.T, mode pgx.QueryExecMode, wrap bool) (counts []string) {
		config, err := pgx.ParseConfig(pgtemp.NewDatabase(t))
		if err != nil {
			t.Fatal(err)
		}
		plain := stdlib.OpenDB(*config)
		t.Cleanup(func() { _ = plain.Close() })
		mustExec(t, plain, schema)
		config.DefaultQueryExecMode = mode
		var trips atomic.Int64
		dial := config.DialFunc
		config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			return &tripCounter{Conn: c, trips: &trips}, err
		}
		connector := stdlib.GetConnector(*config)
		if wrap {
			if connector, err = softdelete.WrapConnector(connector, policy); err != nil {
				t.Fatal(err)
			}
		}
		db := sql.OpenDB(connector)
		t.Cleanup(func() { _ = db.Close() })
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		stmt, err := conn.PrepareContext(t.Context(), `SELECT count(*) FROM orders WHERE user_id > $1`)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stmt.Close() })
		for range 3 { // the first time, known to us, known to pgx
			for _, s := range steps {
				before := trips.Load()
				if err := s.do(t.Context(), conn, stmt); err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				if trips.Load() == before {
					t.Errorf("%s: nothing was counted", s.name)
				}
				counts = append(counts, fmt.Sprintf("%s: %d", s.name, trips.Load()-before))
			}
		}
		return counts
	}
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		t.Run(mode.String(), func(t *testing.T) {
			want, got := measure(t, mode, false), measure(t, mode, true)
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("turn %d: %s, pgx alone %s", 1+i/len(steps), got[i], want[i])
				}
			}
		})
	}
}

// A restore that was planned when nothing was deleted finds its rows by their ids, and
// does not read those of all other deletions.
func TestRestorePlannedOnAnEmptyTrash(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, `CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, deleted_at timestamptz, deletion_id uuid);
		INSERT INTO users (id) SELECT g FROM generate_series(1, 5000) g; INSERT INTO orders (id, user_id) SELECT g, g FROM generate_series(1, 5000) g;
		CREATE INDEX users_ids ON users (deletion_id) WHERE deletion_id IS NOT NULL; CREATE INDEX orders_ids ON orders (deletion_id) WHERE deletion_id IS NOT NULL;
		CREATE INDEX ON orders (user_id)`)
	mustExec(t, plain, `VACUUM ANALYZE users`)
	mustExec(t, plain, `VACUUM ANALYZE orders`)
	db, err := softdelete.Open(dsn, softdelete.Policy{
		Tables: []softdelete.Table{{Name: "users", DeletionID: "deletion_id"}, {Name: "orders", DeletionID: "deletion_id"}},
		ForeignKeys: []softdelete.ForeignKey{
			{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	restore := func(id int) {
		mustExec(t, db, fmt.Sprintf(`DELETE FROM users WHERE id = %d`, id))
		if n, err := softdelete.Restore(t.Context(), db, "users", id); err != nil || n != 2 {
			t.Fatalf("%d rows, %v", n, err)
		}
	}
	for id := range 10 { // until the plan is a generic one
		restore(id + 1)
	}
	mustExec(t, db, `DELETE FROM users WHERE id > 1000`)
	read := func() (n int) {
		mustExec(t, db, `SELECT pg_stat_force_next_flush()`)
		row := db.QueryRow(`SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE indexrelname IN ('users_ids', 'orders_ids')`)
		if err := row.Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := read()
	restore(500)
	if n := read() - before; n > 100 {
		t.Errorf("a restore of two rows read %d entries of the indexes", n)
	}
}
