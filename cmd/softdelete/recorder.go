package main

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
)

// recorder notes the statements that pgx sends to PostgreSQL, as a tracer of the
// connection beneath the driver.
type recorder struct {
	mu       sync.Mutex
	prepared map[string]string // the text of each prepared statement, by its name
	sent     []string
}

var (
	_ pgx.QueryTracer   = (*recorder)(nil)
	_ pgx.PrepareTracer = (*recorder)(nil)
)

// TraceQueryStart is called by pgx before it sends a statement, or the execution
// of a prepared one, which it then gives by name.
func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, ok := r.prepared[data.SQL]
	if !ok {
		text = data.SQL
	}
	r.sent = append(r.sent, text)
	return ctx
}

func (r *recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (r *recorder) TracePrepareStart(ctx context.Context, _ *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.prepared == nil {
		r.prepared = map[string]string{}
	}
	r.prepared[data.Name] = data.SQL
	return ctx
}

func (r *recorder) TracePrepareEnd(context.Context, *pgx.Conn, pgx.TracePrepareEndData) {}

// take returns what was executed since the last call.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	sent := r.sent
	r.sent = nil
	return sent
}
