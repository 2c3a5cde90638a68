package rivershop

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/orm/suite"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

// sent notes what PostgreSQL receives.
type sent struct {
	sync.Mutex
	texts []string
}

func (s *sent) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.Lock()
	defer s.Unlock()
	s.texts = append(s.texts, data.SQL)
	return ctx
}

func (s *sent) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// rivers are the texts that name River's tables.
func (s *sent) rivers() (texts []string) {
	s.Lock()
	defer s.Unlock()
	for _, text := range s.texts {
		if strings.Contains(text, "river_") {
			texts = append(texts, text)
		}
	}
	return texts
}

type queue struct {
	*testing.T
	db     *sql.DB // over the driver
	sent   sent
	client *river.Client[*sql.Tx]
	done   <-chan *river.Event
	user   int64
}

func migrate(t *testing.T, db *sql.DB) (*rivermigrate.MigrateResult, error) {
	t.Helper()
	migrator, err := rivermigrate.New(riverdatabasesql.New(db), &rivermigrate.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
}

// start makes a shop with a queue, migrated over pgx, and a client that works it over the
// driver.
func start(t *testing.T) *queue {
	t.Helper()
	q := &queue{T: t}
	dsn := suite.NewShop(t)
	if _, err := migrate(t, suite.OpenPlain(t, dsn)); err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.Tracer = &q.sent
	connector, err := softdelete.WrapConnector(stdlib.GetConnector(*config), suite.Policy())
	if err != nil {
		t.Fatal(err)
	}
	q.db = sql.OpenDB(connector)
	t.Cleanup(func() { q.db.Close() })
	workers := river.NewWorkers()
	river.AddWorker(workers, &ForgetWorker{DB: q.db})
	q.client, err = river.NewClient(riverdatabasesql.New(q.db), &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}},
		Workers:           workers,
		FetchCooldown:     10 * time.Millisecond,
		FetchPollInterval: 20 * time.Millisecond,
		Logger:            slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	done, unsubscribe := q.client.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobCancelled)
	t.Cleanup(unsubscribe)
	q.done = done
	err = q.db.QueryRowContext(t.Context(), "INSERT INTO users (email, name) VALUES ('ann@x', 'Ann') RETURNING id").Scan(&q.user)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// work runs the client until it has ended a job.
func (q *queue) work() *river.Event {
	q.Helper()
	if err := q.client.Start(q.Context()); err != nil {
		q.Fatal(err)
	}
	var ended *river.Event
	select {
	case ended = <-q.done:
	case <-time.After(time.Minute):
		q.Error("no job was done in a minute")
	}
	if err := q.client.Stop(q.Context()); err != nil {
		q.Error(err)
	}
	return ended
}

func (q *queue) number(query string) (n int) {
	q.Helper()
	if err := q.db.QueryRowContext(softdelete.WithDeleted(q.Context()), query).Scan(&n); err != nil {
		q.Fatal(err)
	}
	return n
}

// untouched checks that nothing was added to River's statements.
func (q *queue) untouched(wanted ...string) {
	q.Helper()
	rewriter, err := softdelete.NewRewriter(softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}, {Name: "orders"}}})
	if err != nil {
		q.Fatal(err)
	}
	texts := q.sent.rivers()
	for _, text := range texts {
		again, err := rewriter.Rewrite(q.Context(), text)
		if strings.Contains(text, "deleted_at") || strings.Contains(text, "_sd") || again != text || err != nil {
			q.Errorf("%v\n%s\nbecomes\n%s", err, text, again)
		}
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, "-- name: "+w) }) {
			q.Errorf("River did not send %s", w)
		}
	}
}

func TestDeleteAndJobInOneTransaction(t *testing.T) {
	q := start(t)
	if err := Leave(t.Context(), q.db, q.client, q.user); err != nil {
		t.Fatal(err)
	}
	ended := q.work()
	if ended == nil || ended.Kind != river.EventKindJobCompleted {
		t.Fatalf("the job ended as %+v", ended)
	}
	if n := q.number("SELECT count(*) FROM events WHERE what = 'goodbye to ann@x'"); n != 1 {
		t.Errorf("%d events", n)
	}
	if n := q.number("SELECT count(*) FROM river_job WHERE state = 'completed'"); n != 1 {
		t.Errorf("%d completed jobs", n)
	}
	q.untouched("JobInsertFastMany :many", "JobGetAvailable :many", "JobSetStateIfRunningMany :many")
}

func TestRollbackTakesBoth(t *testing.T) {
	q, ctx := start(t), t.Context()
	tx, err := q.db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM users WHERE id = $1", q.user)
	_, err2 := q.client.InsertTx(ctx, tx, ForgetArgs{User: q.user}, nil)
	if err := errors.Join(err, err2, tx.Rollback()); err != nil {
		t.Fatal(err)
	}
	if users, jobs := q.number("SELECT count(*) FROM users WHERE deleted_at IS NULL"), q.number("SELECT count(*) FROM river_job"); users != 1 || jobs != 0 {
		t.Errorf("%d users and %d jobs", users, jobs)
	}
}

// A delete that a foreign key forbids takes the job with it.
func TestFailedDeleteTakesTheJob(t *testing.T) {
	q, ctx := start(t), t.Context()
	if _, err := q.db.ExecContext(ctx, `INSERT INTO products (id, sku, name) VALUES (1, 'lamp', 'Lamp');
		INSERT INTO orders (id, user_id, status, total) VALUES (1, 1, 'open', 1); INSERT INTO order_products VALUES (1, 1)`); err != nil {
		t.Fatal(err)
	}
	tx, err := q.db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = q.client.InsertTx(ctx, tx, ForgetArgs{User: q.user}, nil)
	_, forbidden := tx.ExecContext(ctx, "DELETE FROM products WHERE id = 1")
	if forbidden == nil {
		t.Error("the product is deleted")
	}
	if err := errors.Join(err, tx.Rollback()); err != nil {
		t.Fatal(err)
	}
	if n := q.number("SELECT count(*) FROM river_job"); n != 0 {
		t.Errorf("%d jobs", n)
	}
}

// A job that comes to a user who was restored in the meantime.
func TestJobOfARestoredUser(t *testing.T) {
	q, ctx := start(t), t.Context()
	if err := Leave(ctx, q.db, q.client, q.user); err != nil {
		t.Fatal(err)
	}
	if _, err := softdelete.Restore(ctx, q.db, "users", q.user); err != nil {
		t.Fatal(err)
	}
	if ended := q.work(); ended == nil || ended.Kind != river.EventKindJobCancelled {
		t.Errorf("the job ended as %+v", ended)
	}
}

// River's own deletes are real, whatever the context's scope.
func TestRiversDeletesAreReal(t *testing.T) {
	q := start(t)
	for name, ctx := range map[string]context.Context{
		"no scope":    t.Context(),
		"WithDeleted": softdelete.WithDeleted(t.Context()),
		"OnlyDeleted": softdelete.OnlyDeleted(t.Context()),
		"HardDelete":  softdelete.HardDelete(t.Context()),
	} {
		var ids []int64
		for range 3 {
			inserted, err := q.client.Insert(ctx, ForgetArgs{User: 1}, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ids = append(ids, inserted.Job.ID)
		}
		cancelled, err := q.client.JobCancel(ctx, ids[0])
		retried, err2 := q.client.JobRetry(ctx, ids[0])
		deleted, err3 := q.client.JobDelete(ctx, ids[0])
		if err := errors.Join(err, err2, err3); err != nil || cancelled.State != rivertype.JobStateCancelled ||
			retried.State != rivertype.JobStateAvailable || deleted.ID != ids[0] {
			t.Errorf("%s: %v, %v, %v, %v", name, cancelled, retried, deleted, err)
		}
		if _, err := q.client.JobGet(ctx, ids[0]); !errors.Is(err, river.ErrNotFound) {
			t.Errorf("%s: the deleted job: %v", name, err)
		}
		list, err := q.client.JobList(ctx, river.NewJobListParams().Kinds("forget"))
		many, err2 := q.client.JobDeleteMany(ctx, river.NewJobDeleteManyParams().IDs(ids[1:]...))
		if err := errors.Join(err, err2); err != nil || len(list.Jobs) != 2 || len(many.Jobs) != 2 {
			t.Errorf("%s: %v, %v, %v", name, list, many, err)
		}
		if n := q.number("SELECT count(*) FROM river_job"); n != 0 {
			t.Errorf("%s: %d jobs are left", name, n)
		}
	}
	q.untouched("JobCancel :one", "JobRetry :one", "JobDelete :one", "JobDeleteMany :many", "JobList :many")
}

// River's migrations are refused: one changes a table and updates it in one text, behind
// which a policy that discovers does not know what the table is; and one has a DO block
// with a comment about users, which is a table here.
func TestMigrationsThroughTheDriver(t *testing.T) {
	open := func(t *testing.T, p softdelete.Policy) *sql.DB {
		t.Helper()
		db, err := softdelete.Open(suite.NewShop(t), p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	for what, c := range map[string]struct {
		policy softdelete.Policy
		why    string
	}{
		"a policy that discovers": {suite.Policy(), "a statement before it in the same text changes the schema, and which tables are soft-deleted is not known yet"},
		"a policy with users":     {softdelete.Policy{Tables: []softdelete.Table{{Name: "users"}}}, "its body names a soft-deleted table and runs unseen by the rewriter"},
	} {
		_, err := migrate(t, open(t, c.policy))
		var refused *softdelete.RefusedError
		if !errors.As(err, &refused) || refused.Why != c.why {
			t.Errorf("%s: %v", what, err)
		}
	}
	result, err := migrate(t, open(t, softdelete.Policy{Tables: []softdelete.Table{{Name: "orders"}}}))
	if err != nil || len(result.Versions) != 6 {
		t.Errorf("a policy with orders: %+v, %v", result, err)
	}
}
