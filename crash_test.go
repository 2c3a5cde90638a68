package softdelete_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// A server is killed in the middle of cascades and restores, and starts again on the
// same files. Each deletion must then be whole or absent, and each that was answered
// must be there.

// crashTables have users with enough beneath them that a cascade takes a while.
const crashTables = `
CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users, deleted_at timestamptz, deletion_id uuid);
CREATE INDEX ON orders (user_id);
CREATE INDEX ON items (order_id);
CREATE INDEX ON notes (user_id);
INSERT INTO users (id) SELECT generate_series(1, 20);
INSERT INTO orders (id, user_id) SELECT i, 1 + i % 20 FROM generate_series(1, 400) AS i;
INSERT INTO items (id, order_id) SELECT i, 1 + i % 400 FROM generate_series(1, 4000) AS i;
INSERT INTO notes (id, user_id) SELECT i, 1 + i % 20 FROM generate_series(1, 200) AS i;
` + softdelete.JournalDDL

func crashPolicy() softdelete.Policy {
	p := softdelete.Policy{Journal: true}
	for _, name := range []string{"users", "orders", "items", "notes"} {
		p.Tables = append(p.Tables, softdelete.Table{Name: name, DeletionID: "deletion_id"})
	}
	p.ForeignKeys = []softdelete.ForeignKey{
		{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		{Table: "items", Columns: []string{"order_id"}, RefTable: "orders", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
		{Table: "notes", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.SetNull},
	}
	return p
}

// durable is how a server is run of which a crash may cost nothing. Without
// autovacuum there is no process that pg_stat_activity might not show yet.
var durable = map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "autovacuum": "off", "checkpoint_timeout": "30s"}

// crashServer is a server that can be killed.
type crashServer struct {
	*pgtemp.Server
	data string // its data directory
}

// startDurable starts a server on the data directory of a killed one, or on its own
// if that is "".
func startDurable(t *testing.T, data string) crashServer {
	t.Helper()
	var opts []pgtemp.Option
	for name, value := range durable {
		opts = append(opts, pgtemp.WithSetting(name, value))
	}
	if data != "" {
		opts = append(opts, pgtemp.WithSetting("data_directory", data))
	}
	server, err := pgtemp.Start(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := crashServer{server, data}
	db := openPlain(t, server.DSN("postgres"))
	for name, value := range durable {
		equalText(t, name, all(t, db, `SELECT current_setting($1)`, name), value)
	}
	s.data = all(t, db, `SHOW data_directory`)
	return s
}

// kill ends the server and its processes at once, as a lack of memory does. None of
// them has a chance to tidy up; the postmaster, being first, learns nothing of the
// death of the others.
func (s crashServer) kill(t *testing.T, plain *sql.DB) {
	t.Helper()
	processes, err := texts(context.Background(), plain, `SELECT pid::text FROM pg_stat_activity`)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(s.data + "/postmaster.pid")
	if err != nil {
		t.Fatal(err)
	}
	postmaster, _, _ := strings.Cut(string(file), "\n")
	var server []*os.Process
	for _, pid := range append([]string{postmaster}, processes...) {
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := os.FindProcess(n); err == nil {
			server = append(server, p)
		} else if !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	// All stand still before the first one dies: a session that sees the postmaster gone ends
	// in good order, releases its locks, and lets a statement that waits for them end well.
	for _, act := range []func(*os.Process) error{suspend, (*os.Process).Kill} {
		for _, p := range server {
			if err := act(p); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
	}
}

// Each of these users has one statement, which the kill cuts off in the middle.
const (
	cutDelete  = 19 // is live
	cutRestore = 20 // is deleted
)

func TestCrash(t *testing.T) {
	rounds := 5
	if long() {
		rounds = 30
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	server := startDurable(t, "")
	plain := openPlain(t, server.DSN("postgres"))
	mustExec(t, plain, crashTables)
	answered := 0
	for round := range rounds {
		ours, err := softdelete.Open(server.DSN("postgres"), crashPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			mustExec(t, ours, fmt.Sprintf(`DELETE FROM users WHERE id = %d`, cutRestore))
		}
		halfway := []*pending{
			cut(t, ours, plain, statement(fmt.Sprintf(`DELETE FROM users WHERE id = %d`, cutDelete)), cutDelete),
			cut(t, ours, plain, restoring("users", cutRestore), cutRestore),
		}
		mustExec(t, plain, `CHECKPOINT`) // what they have done so far is on the disk

		l := &crashLoad{db: ours, progress: make(chan struct{}, 1000)}
		l.start(round, rng)
		for range 20 + rng.IntN(60) {
			<-l.progress
		}
		l.killed.Store(true)
		busy := l.busy.Load()
		server.kill(t, plain)
		l.wait(t)
		for _, p := range halfway {
			if <-p.done; p.err == nil {
				t.Error("a statement that waits for a lock has ended well")
			}
		}
		_, _ = ours.Close(), plain.Close() // their server is gone

		server = startDurable(t, server.data)
		plain = openPlain(t, server.DSN("postgres"))
		answered += len(l.deleted) + len(l.restored)
		t.Logf("round %d: %d statements answered, %d of %d sessions in the middle of another", round, len(l.deleted)+len(l.restored), busy, crashSessions)
		afterCrash(t, plain, l)
	}
	t.Logf("%d statements answered in %d rounds; %s deletions, %s of them restored", answered, rounds,
		all(t, plain, `SELECT count(*) FROM softdelete_deletions`), all(t, plain, `SELECT count(*) FROM softdelete_deletions WHERE restored_at IS NOT NULL`))
}

// cut sends a statement about a user and all beneath, and returns when it waits for
// one of the items, halfway.
func cut(t *testing.T, ours, plain *sql.DB, act action, user int) *pending {
	t.Helper()
	holder, s := newSession(t, plain), newSession(t, ours)
	tx, err := holder.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	var id int
	if err := tx.QueryRow(`SELECT i.id FROM items AS i JOIN orders AS o ON o.id = i.order_id WHERE o.user_id = $1 ORDER BY i.id OFFSET 100 LIMIT 1 FOR UPDATE OF i`, user).Scan(&id); err != nil {
		t.Fatal(err)
	}
	p := start(s, act)
	if (&arena{plain: plain}).settle(t, p, s, holder); !p.waited {
		t.Fatalf("%s does not wait: %s", act.name, p.report)
	}
	return p
}

const crashSessions = 4

// crashLoad is what goes on when the server is killed.
type crashLoad struct {
	db       *sql.DB
	progress chan struct{} // one for each statement that was answered
	killed   atomic.Bool
	busy     atomic.Int32 // sessions that wait for an answer
	workers  sync.WaitGroup

	mu                sync.Mutex
	deleted, restored []string // the actors of what was answered and did something
	errs              []error
}

func (l *crashLoad) start(round int, rng *rand.Rand) {
	for i := range crashSessions {
		rng := rand.New(rand.NewPCG(rng.Uint64(), 0))
		l.workers.Add(1)
		go func() {
			defer l.workers.Done()
			for n := 0; ; n++ {
				err := l.step(rng, fmt.Sprintf("%d/%d/%d", round, i, n))
				if l.killed.Load() {
					return
				}
				if err != nil {
					l.mu.Lock()
					l.errs = append(l.errs, err)
					l.mu.Unlock()
				}
				l.progress <- struct{}{}
			}
		}()
	}
}

// step deletes or restores something under a name of its own. The error is one that
// no crash explains.
func (l *crashLoad) step(rng *rand.Rand, actor string) error {
	ctx, cancel := context.WithTimeout(softdelete.WithActor(context.Background(), actor), patience)
	defer cancel()
	key, table := 1+rng.IntN(18), "users"
	if rng.IntN(3) == 0 {
		key, table = 1+rng.IntN(400), "orders"
		if user := 1 + key%20; user == cutDelete || user == cutRestore {
			key -= 2
		}
	}
	act, answered := restoring(table, key), &l.restored
	if rng.IntN(2) == 0 {
		act, answered = statement(fmt.Sprintf(`DELETE FROM %s WHERE id = %d`, table, key)), &l.deleted
	}
	l.busy.Add(1)
	n, err := act.do(ctx, l.db)
	l.busy.Add(-1)
	if err == nil && n > 0 {
		l.mu.Lock()
		defer l.mu.Unlock()
		*answered = append(*answered, actor)
	}
	var pgErr *pgconn.PgError
	if err == nil || l.killed.Load() || errors.Is(err, softdelete.ErrRefused) || errors.As(err, &pgErr) && pgErr.Code == "40P01" {
		return nil
	}
	return fmt.Errorf("%s: %w", act.name, err)
}

// wait returns when all sessions have noticed the end of the server.
func (l *crashLoad) wait(t *testing.T) {
	t.Helper()
	over := make(chan struct{})
	go func() {
		l.workers.Wait()
		close(over)
	}()
	for {
		select {
		case <-l.progress:
		case <-over:
			if err := errors.Join(l.errs...); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}

// afterCrash checks what is left of a load.
func afterCrash(t *testing.T, plain *sql.DB, l *crashLoad) {
	t.Helper()
	if problems, err := broken(context.Background(), plain, crashPolicy()); err != nil || len(problems) > 0 {
		t.Errorf("deletions in pieces: %v, %v", problems, err)
	}
	equalText(t, "notes whose reference and log disagree", all(t, plain, `SELECT n.id FROM notes AS n LEFT JOIN (softdelete_links AS l JOIN softdelete_deletions AS j ON j.id = l.deletion_id AND j.restored_at IS NULL)
		ON l.table_name = 'notes' AND l.key = jsonb_build_object('id', n.id) WHERE (n.user_id IS NULL) <> (l.key IS NOT NULL)`), "")
	equalText(t, "live orders and items of the delete that was cut off", all(t, plain, `SELECT count(*) FROM (SELECT deleted_at FROM users WHERE id = $1 UNION ALL SELECT deleted_at FROM orders WHERE user_id = $1
		UNION ALL SELECT i.deleted_at FROM items AS i JOIN orders AS o ON o.id = i.order_id WHERE o.user_id = $1) AS x WHERE deleted_at IS NULL`, cutDelete), "221")
	equalText(t, "deleted orders and items of the restore that was cut off", all(t, plain, `SELECT count(*) FROM (SELECT deleted_at FROM users WHERE id = $1 UNION ALL SELECT deleted_at FROM orders WHERE user_id = $1
		UNION ALL SELECT i.deleted_at FROM items AS i JOIN orders AS o ON o.id = i.order_id WHERE o.user_id = $1) AS x WHERE deleted_at IS NOT NULL`, cutRestore), "221")
	for actors, column := range map[*[]string]string{&l.deleted: "actor", &l.restored: "restored_by"} {
		equalText(t, "answered and lost, by "+column, all(t, plain, `SELECT a FROM unnest(string_to_array($1, ',')) AS a WHERE a NOT IN (SELECT `+column+` FROM softdelete_deletions WHERE `+column+` IS NOT NULL)`,
			strings.Join(*actors, ",")), "")
	}
}
