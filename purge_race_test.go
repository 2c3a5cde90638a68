package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// A row that a transaction which is not over yet refers to, or has locked, is passed
// over; when that is over, the row that refers to it keeps it.
func TestPurgePassesOver(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO users SELECT i, now() - interval '100 days' FROM generate_series(1, 3) AS i`)
	tx, err := plain.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	for _, text := range []string{`INSERT INTO visits VALUES (1, 1)`, `UPDATE users SET deleted_at = NULL WHERE id = 2`} {
		if _, err := tx.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	o := softdelete.PurgeOptions{OlderThan: 90 * day, Tables: []string{"users"}}
	equalText(t, "beside a transaction", purged(purge(t, ours, o)), "users 1 kept 2")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	equalText(t, "after it", purged(purge(t, ours, o)), "users 0 kept 1")
	equalText(t, "left", all(t, plain, `SELECT concat_ws(' ', u.id, v.id) FROM users AS u LEFT JOIN visits AS v ON v.user_id = u.id ORDER BY u.id`), "1 1,2")
}

// A child that is inserted between the moment at which a purge finds its parent and
// the one at which it locks it.
func TestPurgeSeesLateChildren(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO users SELECT i, now() - interval '100 days' FROM generate_series(1, 40) AS i`)
	visitor := 0
	var last int64
	r := purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day, Tables: []string{"users"}, Batch: 1, Progress: func(s softdelete.PurgeProgress) {
		// All have been found by the first batch.
		if s.Purged > last && s.Purged%5 == 0 {
			last = s.Purged
			visitor++
			mustExec(t, plain, `INSERT INTO visits SELECT $1::int, min(id) FROM users WHERE id NOT IN (SELECT user_id FROM visits)`, visitor)
		}
	}})
	equalText(t, "visits of users", all(t, plain, `SELECT count(*) FROM visits JOIN users ON users.id = user_id`), fmt.Sprint(visitor))
	if visitor == 0 || r.Purged+int64(visitor) != 40 {
		t.Errorf("%d late visits, %s", visitor, purged(r))
	}
}

// A foreign key that is made while a purge runs would take live rows with it.
func TestPurgeSeesLateForeignKeys(t *testing.T) {
	ours, plain := openPurge(t, purgeShop+`CREATE TABLE late (id int PRIMARY KEY, user_id int); INSERT INTO late SELECT i, i FROM generate_series(1, 40) AS i;`, purgePolicy())
	mustExec(t, plain, `INSERT INTO users SELECT i, now() - interval '100 days' FROM generate_series(1, 40) AS i`)
	r := purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day, Tables: []string{"users"}, Batch: 10, Progress: func(s softdelete.PurgeProgress) {
		if s.Table == "" { // before the first batch
			mustExec(t, plain, `ALTER TABLE late ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE`)
		}
	}})
	equalText(t, "purge", purged(r), "users 0 kept 40")
	equalText(t, "late rows", all(t, plain, `SELECT count(*) FROM late`), "40")
}

// Hold waits for the transaction of a purge, and what comes after it respects the hold.
func TestHoldDuringPurge(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO users (id) SELECT generate_series(1, 50)`)
	mustExec(t, ours, `DELETE FROM users`+` WHERE true`)
	age(t, plain, 100, "users")
	id := all(t, plain, `SELECT id FROM softdelete_deletions`)
	r := purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day, Batch: 10, Progress: func(s softdelete.PurgeProgress) {
		if s.Purged == 20 {
			if err := softdelete.Hold(context.Background(), ours, id, ""); err != nil {
				t.Error(err)
			}
		}
	}})
	equalText(t, "purge", purged(r), "users 20 held 30, orders 0, notes 0, items 0")
}

// A purge that is told to stop while it pauses has removed whole batches.
func TestPurgeCancelled(t *testing.T) {
	ours, plain := openPurge(t, purgeShop, purgePolicy())
	mustExec(t, plain, `INSERT INTO users SELECT i, now() - interval '100 days' FROM generate_series(1, 50) AS i`)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := softdelete.Purge(ctx, ours, softdelete.PurgeOptions{OlderThan: 90 * day, Batch: 10, Pause: time.Hour, Progress: func(s softdelete.PurgeProgress) {
		if s.Purged > 0 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || r.Purged != 10 || r.Batches != 1 {
		t.Errorf("%v; %s", err, purged(r))
	}
	equalText(t, "left", all(t, plain, `SELECT count(*) FROM users`), "40")
}

// Purges, restores and deletes at the same time: a restore brings back all of a
// deletion or nothing, and no live row is lost.
func TestPurgeBesideRestores(t *testing.T) {
	dsn := pgtemp.NewDatabase(t)
	plain := openPlain(t, dsn)
	mustExec(t, plain, purgeShop+`
CREATE INDEX ON orders (user_id);
INSERT INTO users (id) SELECT generate_series(1, 200); INSERT INTO orders (id, user_id) SELECT i, 1 + i % 200 FROM generate_series(1, 1000) AS i;
INSERT INTO items (order_id, line) SELECT i, n FROM generate_series(1, 1000) AS i, generate_series(1, 2) AS n;`)
	ours := openOurs(t, dsn, purgePolicy())
	for i := range 200 {
		mustExec(t, ours, `DELETE FROM users WHERE id = $1`, i+1)
	}
	age(t, plain, 100, "users", "orders", "items", "softdelete_deletions")
	var restored, refused, gone, deadlocks atomic.Int64
	begun, ended := make(chan struct{}, 100), make(chan struct{})
	var workers, purges sync.WaitGroup
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for w := range 2 {
		rng := rand.New(rand.NewPCG(seed, uint64(w)))
		workers.Add(1)
		go func() {
			defer workers.Done()
			for nth, i := range rng.Perm(100) {
				if nth == 95 {
					<-ended // however slow the purges are, a few restores come behind them
				}
				n, err := softdelete.Restore(context.Background(), ours, "users", 1+i+100*w)
				var no *softdelete.RefusedError
				var pgErr *pgconn.PgError
				switch {
				case errors.As(err, &no):
					refused.Add(1)
				case errors.As(err, &pgErr) && pgErr.Code == "40P01":
					deadlocks.Add(1)
				case err != nil:
					t.Error(err)
				case n == 16:
					restored.Add(1)
				case n == 0:
					gone.Add(1)
				default:
					t.Errorf("%d rows restored of 16", n)
				}
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		}()
	}
	for range 2 {
		purges.Add(1)
		go func() {
			defer purges.Done()
			<-begun // a few restores come before
			if _, err := softdelete.Purge(context.Background(), ours, softdelete.PurgeOptions{OlderThan: 90 * day, Batch: 20}); err != nil {
				t.Error(err)
			}
		}()
	}
	purges.Wait()
	close(ended)
	workers.Wait()
	purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day})
	t.Logf("%d restored, %d refused, %d gone, %d deadlocks", restored.Load(), refused.Load(), gone.Load(), deadlocks.Load())
	if restored.Load() == 0 || refused.Load()+gone.Load() == 0 {
		t.Error("one of the two did nothing")
	}
	equalText(t, "rows", all(t, plain, `SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM items), (SELECT count(*) FROM items WHERE deleted_at IS NOT NULL))`),
		fmt.Sprintf("%d %d %d 0", restored.Load(), 5*restored.Load(), 10*restored.Load()))
}

// killedPurge is the environment variable that makes the test binary purge the
// database that it names, until it is killed.
const killedPurge = "SOFTDELETE_PURGE_UNTIL_KILLED"

func init() {
	dsn := os.Getenv(killedPurge)
	if dsn == "" {
		return
	}
	db, err := softdelete.Open(dsn, purgePolicy())
	if err == nil {
		_, err = softdelete.Purge(context.Background(), db, softdelete.PurgeOptions{OlderThan: 90 * day, Batch: 50})
	}
	fmt.Fprintln(os.Stderr, "the purge has ended:", err)
	os.Exit(1)
}

// A purge that is killed at some moment has removed whole batches, and another one
// goes on to the same end.
func TestPurgeKilled(t *testing.T) {
	ours, plain := openPurge(t, purgeShop+`
INSERT INTO users SELECT i, CASE WHEN i % 4 > 0 THEN now() - interval '100 days' END FROM generate_series(1, 400) AS i;
INSERT INTO orders (id, user_id, deleted_at) SELECT i, 1 + i % 400, CASE WHEN i % 400 % 4 <> 3 OR i % 3 = 0 THEN now() - interval '100 days' END FROM generate_series(1, 4000) AS i;
INSERT INTO items SELECT i, 1, CASE WHEN i % 50 > 0 THEN now() - interval '100 days' END FROM generate_series(1, 4000) AS i;
INSERT INTO visits SELECT i, i FROM generate_series(1, 20) AS i;`, purgePolicy())
	want := purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day, DryRun: true})
	live := all(t, ours, `SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM items), (SELECT count(*) FROM visits))`)
	count := func() string {
		return all(t, plain, `SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM orders) + (SELECT count(*) FROM items)`)
	}
	before, killed := count(), 0
	dsn := all(t, plain, `SELECT format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_user, current_database())`)
	for round := range 4 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), killedPurge+"="+dsn)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		// When it has begun.
		from := count()
		for start := time.Now(); count() == from && time.Since(start) < patience; {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(round*5) * time.Millisecond)
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := process.Wait(); errors.As(err, &exit) && exit.ExitCode() == -1 {
			killed++
		}
	}
	// The servers of the killed ones hold their locks until they notice, and a purge passes
	// over what is locked.
	others := `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`
	for start := time.Now(); all(t, plain, others) != "0"; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatal("the servers of the killed processes do not end")
		}
	}
	after := count()
	if killed == 0 || after == before {
		t.Errorf("%d purges killed, %s rows before, %s after", killed, before, after)
	}
	got := purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day})
	if got.Purged == 0 || got.Purged >= want.Purged {
		t.Errorf("%d rows were left of %d", got.Purged, want.Purged)
	}
	equalText(t, "rows in the end", count(), all(t, plain, fmt.Sprintf(`SELECT %s - %d`, before, want.Purged)))
	equalText(t, "live rows", all(t, ours, `SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM items), (SELECT count(*) FROM visits))`), live)
	for i := range want.Tables {
		if w, g := want.Tables[i], got.Tables[i]; w.Kept != g.Kept || w.Held != g.Held {
			t.Errorf("%s: %d kept, foreseen were %d", w.Table, g.Kept, w.Kept)
		}
	}
}

// A million deleted rows: SOFTDELETE_LONG=1 go test -run PurgeOfAMillion.
func TestPurgeOfMany(t *testing.T) {
	rows := 20_000
	if long() {
		rows = 1_000_000
	}
	ours, plain := openPurge(t, purgeShop+`CREATE INDEX ON orders (user_id);`, purgePolicy())
	mustExec(t, plain, `INSERT INTO users SELECT i, CASE WHEN i % 10 > 0 THEN now() - interval '100 days' END FROM generate_series(1, $1::int / 5) AS i`, rows)
	mustExec(t, plain, `INSERT INTO orders (id, user_id, deleted_at) SELECT i, 1 + i % ($1::int / 5), CASE WHEN (i + 1) % 10 > 0 THEN now() - interval '100 days' END FROM generate_series(1, $1::int) AS i`, rows)
	var p sql.NullString
	if err := plain.QueryRow(`SELECT count(*) FROM orders AS o JOIN users AS u ON u.id = o.user_id WHERE (o.deleted_at IS NULL) <> (u.deleted_at IS NULL)`).Scan(&p); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r := purge(t, ours, softdelete.PurgeOptions{OlderThan: 90 * day})
	t.Logf("%s in %s; %s live orders of deleted users or the reverse", purged(r), time.Since(start).Round(time.Millisecond), p.String)
	equalText(t, "deleted orders left", all(t, plain, `SELECT count(*) FROM orders WHERE deleted_at IS NOT NULL`), "0")
	equalText(t, "live orders", all(t, plain, `SELECT count(*) FROM orders`), fmt.Sprint(rows/10))
}
