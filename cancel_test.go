package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
)

// await waits until a query for a boolean says yes.
func await(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var yes bool
		if err := db.QueryRow(query, args...).Scan(&yes); err != nil {
			t.Fatal(err)
		}
		if yes {
			return
		}
	}
	t.Fatalf("it does not become true: %s", query)
}

const (
	oneWaits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	noneRuns = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"
)

// A cascade that waits for a lock is cancelled with its context: nothing of it happens,
// neither then nor once the lock is free.
func TestCancelledCascade(t *testing.T) {
	for _, mode := range execModes {
		t.Run(mode, func(t *testing.T) {
			dsn, plain := familyDSN(t)
			db := openOurs(t, dsn+"&default_query_exec_mode="+mode, familyPolicy())
			db.SetMaxOpenConns(1)
			before := familyRows(t, plain)
			for name, run := range map[string]func(context.Context) error{
				"Exec": func(ctx context.Context) error {
					_, err := db.ExecContext(softdelete.WithActor(ctx, "ann"), "DELETE FROM users WHERE id = $1", 1)
					return err
				},
				"Query": func(ctx context.Context) error {
					_, err := readAll(db.QueryContext(ctx, "DELETE FROM users WHERE id = $1 RETURNING id", 1))
					return err
				},
				"prepared": func(ctx context.Context) error {
					s, err := db.PrepareContext(context.Background(), "DELETE FROM users WHERE id = $1")
					if err != nil {
						return err
					}
					defer s.Close()
					_, err = s.ExecContext(ctx, 1)
					return err
				},
				"in a transaction": func(ctx context.Context) error {
					tx, err := db.BeginTx(ctx, nil)
					if err != nil {
						return err
					}
					defer tx.Rollback()
					if _, err := tx.ExecContext(ctx, "DELETE FROM staff WHERE id = 1"); err != nil {
						t.Error(err)
					}
					_, err = tx.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 1)
					return err
				},
			} {
				lock := begin(t, plain)
				if _, err := lock.Exec("SELECT 1 FROM items WHERE id = 110 FOR UPDATE"); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- run(ctx) }()
				await(t, plain, oneWaits)
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("%s: got %v", name, err)
				}
				await(t, plain, noneRuns) // the server has heard of it, too
				rollback(t, lock)
				equalText(t, name+", the rows", familyRows(t, plain), before)
				equalText(t, name+", the journal", all(t, plain, "SELECT count(*) FROM softdelete_deletions"), "0")
				equalText(t, name+", the next statement", all(t, db, "SELECT id FROM users ORDER BY id"), "1,2,3")
				if n := mustExec(t, db, "DELETE FROM users WHERE id = 1"); n != 1 {
					t.Errorf("%s: the next delete took %d rows", name, n)
				}
				if n, err := softdelete.Restore(t.Context(), db, "users", 1); err != nil || n != 6 {
					t.Errorf("%s: the next restore: %d, %v", name, n, err)
				}
				mustExec(t, plain, "DELETE FROM softdelete_deletions; DELETE FROM softdelete_links")
			}
		})
	}
}

// While goroutines delete and restore, their pool is closed: they end, with errors, and
// every delete is whole or has not happened.
func TestCloseUnderLoad(t *testing.T) {
	for _, beneath := range []string{"connections", "a pgx pool"} {
		t.Run(beneath, func(t *testing.T) {
			goroutines := runtime.NumGoroutine()
			dsn, plain := familyDSN(t)
			const users = 8
			mustExec(t, plain, "INSERT INTO users SELECT 100 + n FROM generate_series(1, $1::int) n", users)
			mustExec(t, plain, "INSERT INTO orders SELECT 100 * n + m, 100 + n FROM generate_series(1, $1::int) n, generate_series(1, 5) m", users)
			dsn += "&application_name=loaded"
			for round := range 4 {
				db, end := openLoaded(t, beneath, dsn)
				db.SetMaxOpenConns(3) // some wait for a connection when it is closed
				var wg sync.WaitGroup
				running := make(chan struct{}, users)
				for i := 1; i <= users; i++ {
					wg.Go(func() {
						for n := 0; ; n++ {
							err := deleteAndRestore(db, 100+i)
							if n == 0 {
								running <- struct{}{}
							}
							if err != nil {
								if err.Error() != "sql: database is closed" {
									t.Errorf("user %d: %v", 100+i, err)
								}
								return
							}
						}
					})
				}
				for range 1 + round*2 { // so many have been through
					<-running
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
				wg.Wait()
				end()
				await(t, plain, "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'loaded'")
				equalText(t, "users whose orders are otherwise", all(t, plain, `SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id
					WHERE u.deletion_id IS DISTINCT FROM o.deletion_id OR (u.deleted_at IS NULL) <> (o.deleted_at IS NULL)`), "")
				equalText(t, "deletions that are not noted, or otherwise", all(t, plain, `SELECT u.id FROM users u LEFT JOIN softdelete_deletions d ON d.id = u.deletion_id AND d.restored_at IS NULL
					AND d.rows = '{"users": 1, "orders": 5}' WHERE u.deletion_id IS NOT NULL AND d.id IS NULL`), "")
				equalText(t, "notes of deletions that did not happen", all(t, plain, `SELECT d.id FROM softdelete_deletions d WHERE d.restored_at IS NULL
					AND NOT EXISTS (SELECT 1 FROM users u WHERE u.deletion_id = d.id)`), "")
			}
			for deadline := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > goroutines+10; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					buf := make([]byte, 1<<20)
					t.Fatalf("there were %d goroutines, and are %d:\n%s", goroutines, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
				}
			}
		})
	}
}

// openLoaded opens the family over single connections or over a pool of pgx's; end ends
// the latter.
func openLoaded(t *testing.T, beneath, dsn string) (db *sql.DB, end func()) {
	t.Helper()
	if beneath == "connections" {
		return openOurs(t, dsn, familyPolicy()), func() {}
	}
	pool, err := pgxpool.New(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	c, err := softdelete.WrapConnector(stdlib.GetPoolConnector(pool), familyPolicy())
	if err != nil {
		t.Fatal(err)
	}
	db = sql.OpenDB(c)
	db.SetMaxIdleConns(0)
	return db, pool.Close
}

// deleteAndRestore takes a user with five orders, and brings all of them back; one that
// the round before has left deleted is restored only.
func deleteAndRestore(db *sql.DB, id int) error {
	ctx := context.Background()
	if _, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", id); err != nil {
		return err
	}
	n, err := softdelete.Restore(ctx, db, "users", id)
	if err == nil && n != 6 {
		err = fmt.Errorf("%d rows restored", n)
	}
	return err
}
