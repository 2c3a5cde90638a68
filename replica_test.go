package softdelete_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// startReplica returns a server of this test's own, and a hot standby of it.
func startReplica(t *testing.T) (*pgtemp.Server, *pgtemp.Replica) {
	t.Helper()
	primary, err := pgtemp.Start(t.Context(), pgtemp.WithReplicas())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := primary.Stop(); err != nil {
			t.Error(err)
		}
	})
	replica, err := primary.StartReplica(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := replica.Stop(); err != nil {
			t.Error(err)
		}
	})
	return primary, replica
}

func catchUp(t *testing.T, replica *pgtemp.Replica) {
	t.Helper()
	if err := replica.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A pool for reads leads to a hot standby, which takes no writes: ours would fail there.
func TestReplica(t *testing.T) {
	primary, replica := startReplica(t)
	ctx := t.Context()
	dsn := familyDatabase(t, primary, "family")
	catchUp(t, replica)
	for kind, policy := range map[string]softdelete.Policy{"listed": familyPolicy(), "discovering": discovering()} {
		t.Run(kind, func(t *testing.T) {
			writes := openOurs(t, dsn, policy)
			if err := softdelete.Check(ctx, openPlain(t, replica.DSN("family")), policy); err != nil {
				t.Errorf("Check: %v", err)
			}
			mustExec(t, writes, "DELETE FROM users WHERE id = 1")
			catchUp(t, replica)
			for _, mode := range execModes {
				reads := openOurs(t, replica.DSN("family")+"&default_query_exec_mode="+mode, policy)
				equalText(t, mode+", live", all(t, reads, "SELECT o.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY o.id"), "20,30")
				equalText(t, mode+", only deleted", outcomeOf(reads.QueryContext(softdelete.OnlyDeleted(ctx), "SELECT id FROM users")), "[1]")
				preview, err := softdelete.PreviewRestore(ctx, reads, "users", 1)
				if err != nil || preview.Rows["orders"] != 2 {
					t.Errorf("%s: PreviewRestore: %v, %v", mode, preview, err)
				}
				_, restoring := softdelete.Restore(ctx, reads, "users", 1)
				readOnly(t, mode+", Restore", restoring)
				for _, text := range []string{
					"DELETE FROM users WHERE id = 2", "DELETE FROM invoices WHERE id = 1", "UPDATE users SET email = 'x'",
					"INSERT INTO users (id) VALUES (7)", "INSERT INTO orders (id, user_id) VALUES (7, 2)", "CREATE TABLE t (id int)",
				} {
					_, err := reads.ExecContext(ctx, text)
					readOnly(t, mode+", "+text, err)
				}
				equalText(t, mode+", after that", all(t, reads, "SELECT id FROM users ORDER BY id"), "2,3")
			}
			if n, err := softdelete.Restore(ctx, writes, "users", 1); err != nil || n != 6 {
				t.Errorf("Restore on the primary: %d, %v", n, err)
			}
		})
	}
	t.Run("Discover", func(t *testing.T) {
		on := func(dsn string) softdelete.Policy {
			p, err := softdelete.Discover(ctx, openPlain(t, dsn))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		var here, there strings.Builder
		if err := errors.Join(softdelete.SavePolicy(&here, on(dsn)), softdelete.SavePolicy(&there, on(replica.DSN("family")))); err != nil {
			t.Fatal(err)
		}
		equalText(t, "the policy on the replica", there.String(), here.String())
	})
}

func readOnly(t *testing.T, what string, err error) {
	t.Helper()
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "25006" {
		t.Errorf("%s: got %v, want 25006", what, err)
	}
}

// A change of the schema arrives on the standby with its rows, and no statement that went
// through the driver there says so: the pool looks for itself, every few seconds. What
// was known stays right meanwhile.
func TestReplicaOfAChangedSchema(t *testing.T) {
	primary, replica := startReplica(t)
	ctx := t.Context()
	dsn := familyDatabase(t, primary, "family")
	catchUp(t, replica)
	writes, reads := openOurs(t, dsn, discovering()), openOurs(t, replica.DSN("family"), discovering())
	reads.SetMaxOpenConns(1)
	equalText(t, "before", all(t, reads, "SELECT id FROM users ORDER BY id"), "1,2,3")

	// While the standby lags, it has neither the table nor its rows.
	plain := openPlain(t, replica.DSN("family"))
	all(t, plain, "SELECT pg_wal_replay_pause()::text")
	mustExec(t, writes, "CREATE TABLE pets (id int PRIMARY KEY, deleted_at timestamptz)")
	mustExec(t, writes, "INSERT INTO pets VALUES (1), (2)")
	mustExec(t, writes, "DELETE FROM pets WHERE id = 1")
	mustExec(t, writes, "DELETE FROM users WHERE id = 1")
	equalText(t, "lagging", outcomeOf(reads.QueryContext(ctx, "SELECT id FROM pets")), "42P01")
	equalText(t, "lagging", all(t, reads, "SELECT id FROM users ORDER BY id"), "1,2,3")
	all(t, plain, "SELECT pg_wal_replay_resume()::text")
	catchUp(t, replica)

	equalText(t, "users", all(t, reads, "SELECT id FROM users ORDER BY id"), "2,3")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		pets := all(t, reads, "SELECT id FROM pets ORDER BY id")
		if pets == "2" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("pets are still %s", pets)
		}
	}
	// In a transaction it is the beginning that counts.
	tx, err := reads.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	equalText(t, "pets in a transaction", all(t, tx, "SELECT id FROM pets ORDER BY id"), "2")
}
