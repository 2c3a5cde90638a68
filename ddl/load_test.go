package ddl_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete/ddl"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// Statements give up after the lock timeout of the plan. The application's own are
// ended by the server after several times as long, which is what the tests look for.
const (
	planTimeout = time.Second
	loadTimeout = "5s"
)

// load is an application at work, until stop. It counts what it does.
type load struct {
	done   atomic.Int64
	mu     sync.Mutex
	err    error
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func startLoad(t *testing.T, dsn, timeout string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel}
	db := open(t, dsn)
	for range 3 {
		conn, err := db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(ctx, "SET statement_timeout = '"+timeout+"'"); err != nil {
			t.Fatal(err)
		}
		l.wg.Add(1)
		go func() {
			defer l.wg.Done()
			defer conn.Close()
			l.work(ctx, conn)
		}()
	}
	return l
}

func (l *load) work(ctx context.Context, conn *sql.Conn) {
	statements := []string{
		"SELECT count(*) FROM users JOIN orders ON orders.user_id = users.id WHERE users.id = 1",
		"UPDATE users SET name = 'x' WHERE id = 2",
		"INSERT INTO orders (id, user_id) SELECT max(id) + 1 + (random() * 1000000)::int, 1 FROM orders ON CONFLICT DO NOTHING",
		"DELETE FROM orders WHERE id = (SELECT max(id) FROM orders)",
	}
	for i := 0; ctx.Err() == nil; i++ {
		if _, err := conn.ExecContext(ctx, statements[i%len(statements)]); err != nil && ctx.Err() == nil {
			l.mu.Lock()
			l.err = errors.Join(l.err, err)
			l.mu.Unlock()
			return
		}
		l.done.Add(1)
	}
}

// progress waits until the load has done n more statements, or has failed.
func (l *load) progress(t *testing.T, n int64) {
	t.Helper()
	for goal := l.done.Load() + n; l.done.Load() < goal; time.Sleep(time.Millisecond) {
		if err := l.failed(); err != nil {
			t.Fatal(err)
		}
	}
}

func (l *load) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *load) stop() error {
	l.cancel()
	l.wg.Wait()
	return l.failed()
}

// hold opens a transaction that may write to users, and so keeps every ALTER TABLE of
// it waiting, and every index from being finished.
func hold(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	if _, err := tx.Exec("LOCK TABLE users IN ROW EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestUpUnderLoad(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	db := open(t, dsn)
	mustExec(t, db, schemas[0].sql)
	m := plan(t, db, schemas[0].load(t), ddl.Options{LockTimeout: planTimeout})
	l := startLoad(t, dsn, loadTimeout)
	l.progress(t, 10)

	writer := hold(t, db)
	_, err := db.Exec(m.Up[0].SQL)
	var timeout *pgconn.PgError
	if !errors.As(err, &timeout) || timeout.Code != "55P03" {
		t.Fatalf("ALTER TABLE against a writer: %v", err)
	}
	l.progress(t, 10)
	if err := writer.Commit(); err != nil {
		t.Fatal(err)
	}

	waited := false
	for _, s := range m.Up {
		if !waited && strings.HasPrefix(s.SQL, "CREATE UNIQUE INDEX CONCURRENTLY") {
			waited = true
			waitConcurrently(t, db, l, s)
			continue
		}
		applyUnderLoad(t, db, s)
	}
	if !waited {
		t.Fatal("the plan has no CREATE UNIQUE INDEX CONCURRENTLY")
	}
	if err := l.stop(); err != nil {
		t.Errorf("after %d statements of the load: %v", l.done.Load(), err)
	}
	if again := plan(t, db, m.Policy, ddl.Options{}); len(again.Up) > 0 {
		t.Error(again.SQL(false))
	}
}

// waitConcurrently keeps an index waiting by a transaction, and requires that the
// load goes on meanwhile.
func waitConcurrently(t *testing.T, db *sql.DB, l *load, s ddl.Statement) {
	t.Helper()
	writer := hold(t, db)
	built := make(chan error, 1)
	go func() {
		_, err := db.Exec(s.SQL)
		built <- err
	}()
	for waiting := 0; waiting == 0; time.Sleep(time.Millisecond) {
		select {
		case err := <-built:
			t.Fatalf("it did not wait, and ended with %v", err)
		default:
		}
		if err := db.QueryRow(`SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND query LIKE 'CREATE UNIQUE INDEX CONCURRENTLY%' AND wait_event = 'virtualxid'`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	l.progress(t, 100)
	if err := writer.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-built; err != nil {
		t.Fatal(err)
	}
}

// applyUnderLoad tries again where a lock could not be had in time.
func applyUnderLoad(t *testing.T, db *sql.DB, s ddl.Statement) {
	t.Helper()
	for range 20 {
		_, err := db.Exec(s.SQL)
		var timeout *pgconn.PgError
		if err == nil {
			return
		}
		if !errors.As(err, &timeout) || timeout.Code != "55P03" {
			t.Fatalf("%v in\n%s", err, s.SQL)
		}
	}
	t.Fatalf("no lock in 20 attempts:\n%s", s.SQL)
}

// The same without its lock timeout makes the load fail: the test above can see it.
func TestWithoutALockTimeoutTheLoadFails(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	db := open(t, dsn)
	mustExec(t, db, schemas[0].sql)
	m := plan(t, db, schemas[0].load(t), ddl.Options{LockTimeout: planTimeout})
	text, found := strings.CutPrefix(m.Up[0].SQL, "SET LOCAL lock_timeout = '1s';\n")
	if !found {
		t.Fatalf("no lock timeout in\n%s", m.Up[0].SQL)
	}
	l := startLoad(t, dsn, "500ms")
	writer := hold(t, db)
	altered := make(chan error, 1)
	go func() {
		_, err := db.Exec(text)
		altered <- err
	}()
	for l.failed() == nil {
		time.Sleep(time.Millisecond)
	}
	if err := writer.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-altered; err != nil {
		t.Fatal(err)
	}
	var ended *pgconn.PgError
	if err := l.stop(); !errors.As(err, &ended) || ended.Code != "57014" {
		t.Errorf("the load failed with %v", err)
	}
}
