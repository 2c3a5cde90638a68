package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// traffic is small transactions that come at a fixed rate, whether those before are done or
// not. What one waits for its turn is a part of its time: a server that stands still for a
// second would else look fast, for all that was not asked of it meanwhile.
type traffic struct {
	db          *sql.DB
	connections int
	rate        int // transactions per second, of all connections
	users       int // with the ids 1, 2, …
	next        atomic.Int64
}

// run sends transactions until done is closed, and returns how long each took, in
// milliseconds.
func (t *traffic) run(ctx context.Context, done <-chan struct{}) ([]float64, error) {
	var all sync.WaitGroup
	times := make([][]float64, t.connections)
	errs := make([]error, t.connections)
	for c := range t.connections {
		all.Go(func() { times[c], errs[c] = t.connection(ctx, c, done) })
	}
	all.Wait()
	var list []float64
	for _, some := range times {
		list = append(list, some...)
	}
	return list, errors.Join(errs...)
}

// lasting is run for a while.
func (t *traffic) lasting(ctx context.Context, d time.Duration) ([]float64, error) {
	done := make(chan struct{})
	timer := time.AfterFunc(d, func() { close(done) })
	defer timer.Stop()
	return t.run(ctx, done)
}

func (t *traffic) connection(ctx context.Context, c int, done <-chan struct{}) (times []float64, err error) {
	every := time.Duration(t.connections) * time.Second / time.Duration(t.rate)
	due := time.Now().Add(time.Duration(c) * every / time.Duration(t.connections))
	for n := 0; ; n++ {
		select {
		case <-done:
			return times, nil
		case <-ctx.Done():
			return times, ctx.Err()
		case <-time.After(time.Until(due)):
		}
		if err := t.transaction(ctx, n); err != nil {
			return times, err
		}
		times = append(times, float64(time.Since(due).Microseconds())/1000)
		due = due.Add(every)
	}
}

// transaction reads a user by key, inserts an order of the user, or updates the user.
func (t *traffic) transaction(ctx context.Context, n int) error {
	user := 1 + rand.IntN(t.users)
	switch n % 4 {
	case 0, 1:
		var name string
		return t.db.QueryRowContext(ctx, `SELECT name FROM users WHERE id = $1`, user).Scan(&name)
	case 2:
		_, err := t.db.ExecContext(ctx, `INSERT INTO orders (id, user_id, status, note, created_at) VALUES ($1, $2, 'new', 'a new order', now())`, t.next.Add(1), user)
		return err
	default:
		res, err := t.db.ExecContext(ctx, `UPDATE users SET name = $1 WHERE id = $2`, fmt.Sprint("Renamed ", n), user)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("%d rows updated", n))
		}
		return nil
	}
}
