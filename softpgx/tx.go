package softpgx

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
)

// tx is a transaction, or a savepoint within one.
type tx struct {
	inner   pgx.Tx
	session *session
	parent  *tx    // of a savepoint
	ended   bool   // and the connection may be somebody else's
	release func() // nil, or once it is over
}

// over reports whether the transaction has ended, or one around it.
func (t *tx) over() bool { return t.ended || t.parent != nil && t.parent.over() }

func (c *Conn) begin(ctx context.Context, options pgx.TxOptions) (*tx, error) {
	for _, sql := range []string{options.BeginQuery, options.CommitQuery} {
		if err := c.session.unchanged(ctx, sql); err != nil {
			return nil, err
		}
	}
	if err := c.session.Refresh(ctx); err != nil {
		return nil, err
	}
	t, err := c.session.pgx.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	return &tx{inner: t, session: c.session}, nil
}

// unchanged refuses a statement that pgx will send by itself, unless it is sent as it is.
func (s *session) unchanged(ctx context.Context, sql string) error {
	if sql == "" {
		return nil
	}
	same, err := s.Parse(ctx, sql)
	if err == nil && !same {
		err = &softdelete.RefusedError{
			Statement: "BEGIN", Why: "BeginQuery and CommitQuery are sent as they are, and this one would have to be rewritten, or remembered",
			Instead: "send it within the transaction",
		}
	}
	return err
}

func (t *tx) Begin(ctx context.Context) (pgx.Tx, error) {
	if t.over() {
		return nil, pgx.ErrTxClosed
	}
	inner, err := t.inner.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return &tx{inner: inner, session: t.session, parent: t}, nil
}

func (t *tx) Commit(ctx context.Context) error {
	if t.over() {
		return pgx.ErrTxClosed
	}
	defer t.end()
	return t.inner.Commit(ctx)
}

func (t *tx) Rollback(ctx context.Context) error {
	if t.over() {
		return pgx.ErrTxClosed
	}
	defer t.end()
	err := t.inner.Rollback(ctx)
	if t.parent != nil && err == nil {
		t.session.Returned()
	}
	return err
}

func (t *tx) end() {
	t.ended = true
	t.session.Settle()
	if t.release != nil {
		t.release()
	}
}

func (t *tx) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	if t.over() {
		return pgconn.CommandTag{}, pgx.ErrTxClosed
	}
	return t.session.exec(ctx, t.inner, sql, arguments)
}

func (t *tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if t.over() {
		return failedRows{pgx.ErrTxClosed}, pgx.ErrTxClosed
	}
	return t.session.query(ctx, t.inner, sql, args)
}

func (t *tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, _ := t.Query(ctx, sql, args...)
	return row{r}
}

func (t *tx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if t.over() {
		return pgx.FailedBatchResults(b, pgx.ErrTxClosed)
	}
	return t.session.sendBatch(ctx, t.inner, b)
}

func (t *tx) CopyFrom(ctx context.Context, tableName pgx.Identifier, columnNames []string, rowSrc pgx.CopyFromSource) (int64, error) {
	if t.over() {
		return 0, pgx.ErrTxClosed
	}
	return t.session.copyFrom(ctx, t.inner, tableName, columnNames, rowSrc)
}

// Prepare prepares what the scope of ctx makes of sql. The statement can be executed by its
// name, through this transaction and its connection, and then means what the scope of that
// call says.
func (t *tx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	if t.over() {
		return nil, pgx.ErrTxClosed
	}
	return t.session.prepare(ctx, t.inner, name, sql)
}

func (t *tx) LargeObjects() pgx.LargeObjects { return t.inner.LargeObjects() }

// Conn returns pgx's own connection.
func (t *tx) Conn() *pgx.Conn { return t.inner.Conn() }
