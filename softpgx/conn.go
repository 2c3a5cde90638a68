package softpgx

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Conn is a connection of a [Pool].
type Conn struct {
	conn    *pgxpool.Conn
	session *session
}

// Release gives the connection back to the pool.
func (c *Conn) Release() {
	if c.session == nil {
		return // it was released already
	}
	c.session.Settle()
	c.session = nil
	c.conn.Release()
}

// Hijack takes the connection from the pool. It is pgx's own: what is sent through it goes
// past the policy.
func (c *Conn) Hijack() *pgx.Conn { return c.conn.Hijack() }

// Conn returns pgx's own connection: what is sent through it goes past the policy.
func (c *Conn) Conn() *pgx.Conn { return c.conn.Conn() }

// Ping is that of pgx.
func (c *Conn) Ping(ctx context.Context) error { return c.conn.Ping(ctx) }

// Exec executes what the policy makes of a statement, or of several without arguments.
func (c *Conn) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	return c.session.exec(ctx, c.session.pgx, sql, arguments)
}

// Query sends what the policy makes of a statement.
func (c *Conn) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return c.session.query(ctx, c.session.pgx, sql, args)
}

// QueryRow is Query for a single row.
func (c *Conn) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, _ := c.Query(ctx, sql, args...)
	return row{r}
}

// SendBatch sends what the policy makes of each statement.
//
// A statement behind one that changes the schema is refused if what becomes of it
// depends on which tables are soft-deleted. Where the server itself finds a row that was
// inserted meanwhile beneath one that is deleted (see docs/concurrency.md), the batch
// fails; nothing sends it again.
func (c *Conn) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return c.session.sendBatch(ctx, c.session.pgx, b)
}

// CopyFrom copies rows into a table. Into one of the policy's whose references or keys have
// to be looked at, they go by way of a temporary table and an INSERT, in one transaction.
func (c *Conn) CopyFrom(ctx context.Context, tableName pgx.Identifier, columnNames []string, rowSrc pgx.CopyFromSource) (int64, error) {
	return c.session.copyFrom(ctx, c.session.pgx, tableName, columnNames, rowSrc)
}

// Begin begins a transaction.
func (c *Conn) Begin(ctx context.Context) (pgx.Tx, error) { return c.BeginTx(ctx, pgx.TxOptions{}) }

// BeginTx is Begin with options. A statement among them that would have to be rewritten
// is refused.
func (c *Conn) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	t, err := c.begin(ctx, options)
	if err != nil {
		return nil, err
	}
	return t, nil
}
