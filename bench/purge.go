package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// purgeEffort is how much is purged, and what goes on beside it.
type purgeEffort struct {
	users int // live ones; each of the dead ones has four orders
	dead  int // rows, of both tables
	alone time.Duration
	rate  int
	batch int
	share float64
}

var (
	fullPurge  = purgeEffort{users: 200_000, dead: 1_000_000, alone: 30 * time.Second, rate: 200, batch: 200, share: 0.25}
	quickPurge = purgeEffort{users: 5_000, dead: 50_000, alone: 5 * time.Second, rate: 200, batch: 200, share: 0.25}
)

var purgePolicy = softdelete.Policy{
	Journal: true,
	Tables:  []softdelete.Table{{Name: "users", DeletionID: "deletion_id"}, {Name: "orders", DeletionID: "deletion_id"}},
	ForeignKeys: []softdelete.ForeignKey{
		{Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
	},
}

// purgeSchema has rows of about 250 bytes, and the indexes that a shop would have.
var purgeSchema = softdelete.JournalDDL + softdelete.HoldDDL + `
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL, profile text NOT NULL, created_at timestamptz NOT NULL, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE, status text NOT NULL, note text NOT NULL, created_at timestamptz NOT NULL, deleted_at timestamptz, deletion_id uuid)`

// purgeFill makes live users 1 to $1 with two orders each, and dead ones behind them with four,
// all mixed as time would.
var purgeFill = []string{
	`INSERT INTO users SELECT id, 'user' || id || '@example.com', 'User ' || id, repeat(md5(id::text), 4), now() - interval '1 year', CASE WHEN id > $1 THEN now() - interval '100 days' END, CASE WHEN id > $1 THEN gen_random_uuid() END
		FROM generate_series(1, $1::int + $2::int) AS id ORDER BY md5(id::text)`,
	`INSERT INTO orders SELECT row_number() OVER (), u.id, 'paid', repeat(md5(u.id::text), 4), u.created_at, u.deleted_at, u.deletion_id
		FROM users AS u CROSS JOIN generate_series(1, 4) AS n WHERE n <= 2 OR u.deleted_at IS NOT NULL ORDER BY md5(u.id::text || n)`,
	`CREATE UNIQUE INDEX ON users (email) WHERE deleted_at IS NULL`, `CREATE INDEX ON orders (user_id)`,
	`CREATE INDEX ON users (deletion_id) WHERE deletion_id IS NOT NULL`, `CREATE INDEX ON orders (deletion_id) WHERE deletion_id IS NOT NULL`,
	`VACUUM (ANALYZE)`, `CHECKPOINT`,
}

// purgeResult is what was measured, in milliseconds.
type purgeResult struct {
	effort                purgeEffort
	rows                  int64
	took                  time.Duration
	before, during, after []float64
}

// measurePurge measures traffic without a purge, beside one, and without again.
func measurePurge(ctx context.Context, e purgeEffort) (r *purgeResult, err error) {
	progress("starting PostgreSQL")
	options := []pgtemp.Option{pgtemp.WithSetting("shared_buffers", "512MB"), pgtemp.WithSetting("max_wal_size", "2GB")}
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} { // as in production
		options = append(options, pgtemp.WithSetting(name, "on"))
	}
	server, err := pgtemp.Start(ctx, options...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if err := server.CreateDatabase(ctx, "shop"); err != nil {
		return nil, err
	}
	return e.on(ctx, server.DSN("shop"))
}

// on measures on an empty database.
func (e purgeEffort) on(ctx context.Context, dsn string) (r *purgeResult, err error) {
	next, err := fillForPurge(ctx, dsn, e)
	if err != nil {
		return nil, err
	}
	live, err := softdelete.Open(dsn, purgePolicy)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	other, err := softdelete.Open(dsn, purgePolicy)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	t := &traffic{db: live, connections: 4, rate: e.rate, users: e.users}
	live.SetMaxIdleConns(t.connections)
	t.next.Store(next)
	return e.beside(ctx, t, other)
}

func (e purgeEffort) beside(ctx context.Context, t *traffic, other *sql.DB) (r *purgeResult, err error) {
	r = &purgeResult{effort: e}
	progress("traffic alone, to warm up")
	if _, err := t.lasting(ctx, e.alone/3); err != nil {
		return nil, err
	}
	progress("traffic alone, for %s", e.alone)
	if r.before, err = t.lasting(ctx, e.alone); err != nil {
		return nil, err
	}
	progress("beside a purge of %d rows", e.dead)
	done := make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		start := time.Now()
		report, err := softdelete.Purge(ctx, other, softdelete.PurgeOptions{OlderThan: 90 * 24 * time.Hour, Batch: e.batch, Share: e.share})
		r.rows, r.took, failed = report.Purged, time.Since(start), err
	}()
	if r.during, err = t.run(ctx, done); err != nil {
		return nil, err
	}
	if <-done; failed != nil {
		return nil, failed
	}
	if r.rows != int64(e.dead) {
		return nil, fmt.Errorf("%d rows purged of %d", r.rows, e.dead)
	}
	progress("traffic alone again, for %s", e.alone)
	r.after, err = t.lasting(ctx, e.alone)
	return r, err
}

// fillForPurge makes the tables, and returns the last id of an order.
func fillForPurge(ctx context.Context, dsn string, e purgeEffort) (last int64, err error) {
	progress("filling tables with %d dead rows", e.dead)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, purgeSchema); err != nil {
		return 0, err
	}
	for i, text := range purgeFill {
		var args []any
		if i == 0 {
			args = []any{e.users, e.dead / 5}
		}
		if _, err := db.ExecContext(ctx, text, args...); err != nil {
			return 0, fmt.Errorf("%s: %w", text, err)
		}
	}
	return last, db.QueryRowContext(ctx, `SELECT max(id) FROM orders`).Scan(&last)
}

// write prints the times side by side, and their ratios to those before the purge.
func (r *purgeResult) write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "\n%d rows purged in %s (batch %d, share %g) beside %d transactions per second from 4 connections\n\n| | transactions | p50 ms | p99 ms | max ms | p50 ratio | p99 ratio |\n|---|---|---|---|---|---|---|\n",
		r.rows, r.took.Round(100*time.Millisecond), r.effort.batch, r.effort.share, r.effort.rate)
	slices.Sort(r.before)
	p50, p99 := quantile(r.before, 0.5), quantile(r.before, 0.99)
	for _, phase := range []struct {
		name  string
		times []float64
	}{{"before", r.before}, {"during", r.during}, {"after", r.after}} {
		slices.Sort(phase.times)
		a, b := quantile(phase.times, 0.5), quantile(phase.times, 0.99)
		_, more := fmt.Fprintf(w, "| %s | %d | %.2f | %.2f | %.1f | %.2f | %.2f |\n", phase.name, len(phase.times), a, b, phase.times[len(phase.times)-1], a/p50, b/p99)
		err = errors.Join(err, more)
	}
	return err
}
