package softpgx

import (
	"context"
	"errors"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// batchResults are pgx's, but for what they say of errors and of the statements.
type batchResults struct {
	ctx     context.Context
	inner   pgx.BatchResults
	session *session
	queue   []*pgx.QueuedQuery // the user's
	calls   []*call
	next    int // index of the next result
	tx      *tx // nil unless the batch begins a transaction
	release func()

	raw, told error // the error that ended the batch, and as the user is told
	closed    bool
}

func (s *session) sendBatch(ctx context.Context, on sender, b *pgx.Batch) pgx.BatchResults {
	r, err := s.batch(ctx, on, b)
	if err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	return r
}

// batch rewrites all statements, each as if those before it had been executed, and sends
// them.
func (s *session) batch(ctx context.Context, on sender, b *pgx.Batch) (_ *batchResults, err error) {
	if err := s.unchanged(ctx, commitQuery(b)); err != nil {
		return nil, err
	}
	r := &batchResults{ctx: ctx, session: s, queue: b.QueuedQueries}
	defer func() {
		if err != nil {
			r.settle(err)
		}
	}()
	rewritten := *b // with the options of its transaction
	rewritten.QueuedQueries = nil
	schema := "" // the statements that change it
	for _, q := range b.QueuedQueries {
		c, err := s.ready(ctx, q.SQL, q.Arguments)
		if err != nil {
			return nil, err
		}
		if c.Counted() {
			return nil, &softdelete.RefusedError{
				Why: "under Distributed a statement that foreign keys follow is two, the second for its errors", Instead: "send it by itself",
			}
		}
		if schema != "" {
			// In one text the rewriter refuses what would depend on the change.
			if _, err := s.Parse(ctx, schema+q.SQL); err != nil {
				return nil, err
			}
		}
		if c.ChangesSchema() {
			schema += q.SQL + "\n;"
		}
		rewritten.Queue(c.text, c.args...)
		r.calls = append(r.calls, c)
		c.Presume()
	}
	r.inner = on.SendBatch(ctx, &rewritten)
	if t := r.inner.Tx(); t != nil {
		r.tx = &tx{inner: t, session: s}
	}
	return r, nil
}

// commitQuery returns what pgx will send to commit the transaction of a batch. pgx keeps it
// to itself; an empty text is the ordinary COMMIT.
func commitQuery(b *pgx.Batch) string {
	options := reflect.ValueOf(b).Elem().FieldByName("txOptions")
	if !options.IsValid() || options.Kind() != reflect.Pointer || options.IsNil() {
		return ""
	}
	if query := options.Elem().FieldByName("CommitQuery"); query.IsValid() {
		return query.String()
	}
	return ""
}

// call is that of the next result; nil behind the last.
func (r *batchResults) call() *call {
	if r.next >= len(r.calls) {
		return nil
	}
	r.next++
	return r.calls[r.next-1]
}

// fail returns what the user is told of an error. pgx returns the one that ended the batch
// again and again.
func (r *batchResults) fail(c *call, err error) error {
	if err == nil || c == nil {
		return err
	}
	if r.raw == nil || !errors.Is(err, r.raw) {
		r.raw = err
		r.told = c.Failed(r.ctx, err)
		var pgErr *pgconn.PgError
		if errors.As(r.told, &pgErr) {
			pgErr.Position = 0 // whose text it counts in is not known
		}
	}
	return r.told
}

func (r *batchResults) Exec() (pgconn.CommandTag, error) {
	c := r.call()
	tag, err := r.inner.Exec()
	if err != nil || c == nil {
		return tag, r.fail(c, err)
	}
	return c.Tag(tag), nil
}

func (r *batchResults) Query() (pgx.Rows, error) {
	c := r.call()
	sent, err := r.inner.Query()
	if c == nil {
		return sent, err
	}
	own := &rows{Rows: sent, ctx: r.ctx, call: c, silent: c.NoRows(), batch: r}
	if err != nil {
		own.end()
		return own, own.err
	}
	return own, nil
}

func (r *batchResults) QueryRow() pgx.Row {
	rows, _ := r.Query()
	return row{rows}
}

// Close reads what was not read, calling the functions that were queued with the
// statements.
func (r *batchResults) Close() error {
	if r.closed {
		return r.told
	}
	r.closed = true
	var err error
	for err == nil && r.next < len(r.queue) {
		if fn := r.queue[r.next].Fn; fn != nil {
			err = fn(r)
		} else {
			_, err = r.Exec()
		}
	}
	if closing := r.inner.Close(); err == nil && closing != nil {
		err = closing
		if n := len(r.calls); n > 0 {
			err = r.fail(r.calls[n-1], closing)
		}
	}
	if err == nil {
		err = r.told // it was seen by the user, who read on
	}
	r.told = err
	r.settle(err)
	if r.tx == nil && r.release != nil {
		r.release()
	}
	return err
}

func (r *batchResults) settle(err error) {
	for _, c := range r.calls {
		c.Settled(err)
	}
	r.session.Settle()
}

func (r *batchResults) Tx() pgx.Tx {
	if r.tx == nil {
		return nil
	}
	return r.tx
}
