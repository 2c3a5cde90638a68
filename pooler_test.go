package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// These tests go through PgBouncer in transaction mode, with two server connections that
// are used in turns: what a connection remembers of its last transaction is not there in
// the next.

func startPooler(t *testing.T, server *pgtemp.Server, opts ...pgtemp.PoolerOption) *pgtemp.Pooler {
	t.Helper()
	p, err := server.StartPooler(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// pooledModes are the modes in which pgx works through a pooler. Those that prepare
// statements need PgBouncer to know of them, which it does from version 1.21 on;
// describe_exec asks and executes in two transactions.
func pooledModes(p *pgtemp.Pooler) []string {
	modes := []string{"cache_describe", "exec", "simple_protocol"}
	if p.AtLeast(1, 21) {
		modes = append(modes, "cache_statement")
	}
	return modes
}

// pooler starts one that keeps statements prepared, if it can.
func pooler(t *testing.T, server *pgtemp.Server) *pgtemp.Pooler {
	t.Helper()
	p := startPooler(t, server)
	if !p.AtLeast(1, 21) {
		return p
	}
	return startPooler(t, server, pgtemp.WithPoolerSetting("max_prepared_statements", "100"))
}

// bothServers opens both server connections of a database, so that they are used in turns.
func bothServers(t *testing.T, dsn string) {
	t.Helper()
	db := openPlain(t, dsn+"&default_query_exec_mode=exec")
	var txs []*sql.Tx
	pids := map[string]bool{}
	for range 2 {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		txs = append(txs, tx)
		pids[all(t, tx, "SELECT pg_backend_pid()")] = true
	}
	for _, tx := range txs {
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	if len(pids) != 2 {
		t.Fatalf("there are %d server connections", len(pids))
	}
}

func TestPoolerAgrees(t *testing.T) {
	server := pgtemp.Shared(t)
	p := pooler(t, server)
	for _, policy := range []softdelete.Policy{familyPolicy(), discovering()} {
		kind := map[bool]string{true: "discovering", false: "listed"}[policy.Discover]
		direct := openOurs(t, familyDatabase(t, server, "direct_"+kind), policy)
		want := (&script{t: t, db: direct, discover: policy.Discover}).run()
		for _, mode := range pooledModes(p) {
			t.Run(kind+" "+mode, func(t *testing.T) {
				name := "pooled_" + kind + "_" + mode
				familyDatabase(t, server, name)
				bothServers(t, p.DSN(name))
				db := openOurs(t, p.DSN(name)+"&default_query_exec_mode="+mode, policy)
				db.SetMaxOpenConns(1) // what one client connection meets is the question
				sameNotes(t, (&script{t: t, db: db, discover: policy.Discover, prepares: mode == "cache_statement"}).run(), want)
			})
		}
	}
}

// Several clients share the two server connections, under various scopes.
func TestPoolerWithManyClients(t *testing.T) {
	server := pgtemp.Shared(t)
	p := pooler(t, server)
	const clients, rounds = 6, 12
	for _, mode := range pooledModes(p) {
		t.Run(mode, func(t *testing.T) {
			name := "clients_" + mode
			plain := openPlain(t, familyDatabase(t, server, name))
			mustExec(t, plain, "INSERT INTO users SELECT 1000 + n FROM generate_series(1, $1::int) n", clients)
			mustExec(t, plain, "INSERT INTO orders SELECT 1000 + n, 1000 + n FROM generate_series(1, $1::int) n", clients)
			var wg sync.WaitGroup
			for i := 1; i <= clients; i++ {
				db := openOurs(t, p.DSN(name)+"&default_query_exec_mode="+mode, familyPolicy())
				wg.Go(func() {
					for range rounds {
						if err := pooledClient(t.Context(), db, 1000+i); err != nil {
							t.Errorf("client %d: %v", i, err)
							return
						}
					}
				})
			}
			wg.Wait()
			equalText(t, "left deleted", all(t, plain, "SELECT id FROM users WHERE deleted_at IS NOT NULL UNION ALL SELECT id FROM orders WHERE deleted_at IS NOT NULL"), "")
			equalText(t, "deletions, and those restored", all(t, plain, "SELECT count(*) || ' ' || count(restored_at) FROM softdelete_deletions"), fmt.Sprintf("%d %[1]d", clients*rounds))
		})
	}
}

// pooledClient deletes and restores a user, and looks at both in between.
func pooledClient(ctx context.Context, db *sql.DB, id int) error {
	count := func(ctx context.Context, want int) error {
		var n int
		err := db.QueryRowContext(ctx, "SELECT count(*) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = $1", id).Scan(&n)
		if err == nil && n != want {
			err = fmt.Errorf("%d rows, want %d", n, want)
		}
		return err
	}
	if err := errors.Join(count(ctx, 1), count(softdelete.OnlyDeleted(ctx), 0)); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", id); err != nil {
		return err
	}
	if err := errors.Join(count(ctx, 0), count(softdelete.OnlyDeleted(ctx), 1), count(softdelete.WithDeleted(ctx), 1)); err != nil {
		return err
	}
	n, err := softdelete.Restore(ctx, db, "users", id)
	if err == nil && n != 2 {
		err = fmt.Errorf("%d rows restored", n)
	}
	return err
}

// A connection remembers that it made a temporary table, and the server connection that
// has it serves somebody else now: the name must not come to mean the policy's table,
// unfiltered.
func TestPoolerTemporaryTable(t *testing.T) {
	server := pgtemp.Shared(t)
	p := pooler(t, server)
	for _, mode := range pooledModes(p) {
		t.Run(mode, func(t *testing.T) {
			name := "temporary_" + mode
			plain := openPlain(t, familyDatabase(t, server, name))
			mustExec(t, plain, "UPDATE users SET deleted_at = now() WHERE id = 3")
			open := func() *sql.DB {
				db := openOurs(t, p.DSN(name)+"&default_query_exec_mode="+mode, familyPolicy())
				db.SetMaxOpenConns(1)
				return db
			}
			ours, other := open(), open()
			all(t, ours, "SELECT 1")
			all(t, other, "SELECT 1")
			bothServers(t, p.DSN(name))
			mustExec(t, ours, "CREATE TEMP TABLE users (id int, email text, deleted_at timestamptz)")
			seen := map[string]int{}
			for range 8 {
				for _, db := range []*sql.DB{ours, other, other} { // an odd number, so that everyone meets both
					seen[outcomeOf(db.QueryContext(t.Context(), "SELECT id FROM users WHERE id = $1 OR true ORDER BY id", 3))]++
				}
			}
			// [] is the temporary table, which an innocent client meets as well.
			for outcome := range seen {
				if !slices.Contains([]string{"[]", "[1 2]", "42P01", "3F000"}, outcome) {
					t.Errorf("a read gave %s", outcome)
				}
			}
			if seen["[1 2]"] == 0 || seen["[]"] == 0 || seen["42P01"]+seen["3F000"] == 0 {
				t.Errorf("this test did not meet every case: %v", seen)
			}
			// Nor is anything written that is deleted, or deleted for good.
			mustExec(t, ours, "CREATE TEMP TABLE IF NOT EXISTS users (id int, email text, deleted_at timestamptz)")
			for range 4 {
				for _, db := range []*sql.DB{ours, other, other} {
					for _, text := range []string{"UPDATE users SET email = 'x' WHERE id = 3", "DELETE FROM users WHERE id = 2"} {
						_, err := db.ExecContext(t.Context(), text)
						var pgErr *pgconn.PgError
						if err != nil && (!errors.As(err, &pgErr) || pgErr.Code != "42P01" && pgErr.Code != "3F000" && pgErr.Code != "42703") {
							t.Error(err)
						}
					}
				}
			}
			equalText(t, "user 3 and all users", all(t, plain, "SELECT email FROM users WHERE id = 3 UNION ALL SELECT count(*)::text FROM users"), "cid,3")
		})
	}
}

// What a transaction prepares or declares for later ones is on one server connection, and
// the name on the other may be anybody's: under another scope, it shows deleted rows.
func TestPoolerNamesOfEarlierTransactions(t *testing.T) {
	server := pgtemp.Shared(t)
	p := pooler(t, server)
	ctx := t.Context()
	for _, mode := range pooledModes(p) {
		t.Run(mode, func(t *testing.T) {
			name := "names_" + mode
			mustExec(t, openPlain(t, familyDatabase(t, server, name)), "UPDATE users SET deleted_at = now() WHERE id = 3")
			bothServers(t, p.DSN(name))
			open := func(dsn string) *sql.DB {
				db := openOurs(t, dsn+"&default_query_exec_mode="+mode, familyPolicy())
				db.SetMaxOpenConns(1)
				return db
			}
			ours, other, direct := open(p.DSN(name)), open(p.DSN(name)), open(server.DSN(name))
			for _, made := range []string{"PREPARE n AS SELECT id FROM users ORDER BY id", "DECLARE n CURSOR WITH HOLD FOR SELECT id FROM users ORDER BY id"} {
				reads := map[bool]string{true: "EXECUTE n", false: "FETCH ALL FROM n"}[strings.HasPrefix(made, "PREPARE")]
				mustExec(t, direct, made)
				equalText(t, reads+" without a pooler", outcomeOf(direct.QueryContext(ctx, reads)), "[1 2]")

				mustExec(t, ours, made)
				for range 3 { // one of them meets the other server connection
					if _, err := other.ExecContext(softdelete.OnlyDeleted(ctx), made); err == nil {
						break
					}
				}
				for range 6 {
					_, err := readAll(ours.QueryContext(ctx, reads))
					if !errors.Is(err, softdelete.ErrRefused) || !strings.Contains(err.Error(), "behind a pooler") {
						t.Errorf("%s gives %v", reads, err)
					}
				}
				// In one transaction it is the same server connection.
				tx, err := ours.BeginTx(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tx.ExecContext(ctx, strings.Replace(made, " n ", " m ", 1)); err != nil {
					t.Fatal(err)
				}
				equalText(t, reads, outcomeOf(tx.QueryContext(ctx, strings.Replace(reads, "n", "m", 1))), "[1 2]")
				if err := tx.Rollback(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// outcomeOf is a query's rows, or its SQLSTATE.
func outcomeOf(rows *sql.Rows, err error) string {
	list, err := readAll(rows, err)
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &pgErr):
		return pgErr.Code
	case err != nil:
		return err.Error()
	}
	return "[" + strings.Join(list, " ") + "]"
}
