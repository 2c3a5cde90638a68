package softpgx

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/native"
)

// Pool is a *pgxpool.Pool whose statements the policy applies to.
type Pool struct {
	pool   *pgxpool.Pool
	engine native.Engine
	key    string // of what its connections remember
}

// pools numbers them: two with different policies may have the same connections.
var pools atomic.Uint64

// New is pgxpool.New with a policy. The policy is compared with the database at the
// first connection, as the driver does it. [softdelete.Distributed] and all other
// options mean what they mean there.
func New(ctx context.Context, connString string, p softdelete.Policy, opts ...softdelete.Option) (*Pool, error) {
	config, err := pgxpool.ParseConfig(connString)
	if err != nil {
		return nil, err
	}
	return NewWithConfig(ctx, config, p, opts...)
}

// NewWithConfig is pgxpool.NewWithConfig with a policy.
func NewWithConfig(ctx context.Context, config *pgxpool.Config, p softdelete.Policy, opts ...softdelete.Option) (*Pool, error) {
	engine, err := native.New(p, opts)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return newPool(pool, engine), nil
}

// Wrap returns a Pool over one that exists. What is sent through that one itself goes
// past the policy. Closing either closes both.
func Wrap(pool *pgxpool.Pool, p softdelete.Policy, opts ...softdelete.Option) (*Pool, error) {
	if pool == nil {
		return nil, errors.New("softpgx: the pool to wrap is nil")
	}
	engine, err := native.New(p, opts)
	if err != nil {
		return nil, err
	}
	return newPool(pool, engine), nil
}

func newPool(pool *pgxpool.Pool, engine native.Engine) *Pool {
	return &Pool{pool: pool, engine: engine, key: fmt.Sprintf("softpgx %d", pools.Add(1))}
}

// Pool returns the pool beneath. What is sent through it goes past the policy.
func (p *Pool) Pool() *pgxpool.Pool { return p.pool }

// Counters returns what became of statements so far.
func (p *Pool) Counters() softdelete.Stats {
	s, _ := p.engine.Stats().(softdelete.Stats)
	return s
}

// own makes a connection of the pool's ours. On an error it is released.
func (p *Pool) own(ctx context.Context, c *pgxpool.Conn) (*Conn, error) {
	data := c.Conn().PgConn().CustomData()
	s, ok := data[p.key].(*session)
	if !ok {
		n, err := p.engine.Conn(ctx, c.Conn())
		if err != nil {
			c.Release()
			return nil, err
		}
		s = &session{Conn: n, pgx: c.Conn()}
		data[p.key] = s
	}
	s.Settle()
	return &Conn{conn: c, session: s}, nil
}

// Acquire is that of pgxpool.
func (p *Pool) Acquire(ctx context.Context) (*Conn, error) {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return p.own(ctx, c)
}

// AcquireFunc acquires a connection, calls f with it and releases it.
func (p *Pool) AcquireFunc(ctx context.Context, f func(*Conn) error) error {
	c, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return f(c)
}

// AcquireAllIdle is that of pgxpool. A connection that the policy does not fit is left
// out.
func (p *Pool) AcquireAllIdle(ctx context.Context) []*Conn {
	var all []*Conn
	for _, c := range p.pool.AcquireAllIdle(ctx) {
		if own, err := p.own(ctx, c); err == nil {
			all = append(all, own)
		}
	}
	return all
}

// Begin acquires a connection and begins a transaction. Commit or Rollback releases it.
func (p *Pool) Begin(ctx context.Context) (pgx.Tx, error) { return p.BeginTx(ctx, pgx.TxOptions{}) }

// BeginTx is Begin with options. A statement among them that would have to be rewritten
// is refused.
func (p *Pool) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	t, err := c.begin(ctx, options)
	if err != nil {
		c.Release()
		return nil, err
	}
	t.release = c.Release
	return t, nil
}

// Exec acquires a connection, executes the statement and releases it.
func (p *Pool) Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer c.Release()
	return c.Exec(ctx, sql, arguments...)
}

// Query acquires a connection, which closing the rows releases.
func (p *Pool) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return failedRows{err}, err
	}
	r, err := c.session.query(ctx, c.session.pgx, sql, args)
	if err != nil {
		c.Release()
		return r, err
	}
	return releasing(r, c.Release), nil
}

// QueryRow acquires a connection, which scanning the row releases.
func (p *Pool) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, _ := p.Query(ctx, sql, args...)
	return row{r}
}

// SendBatch acquires a connection, which closing the results releases; where the batch begins
// a transaction, the end of that does.
func (p *Pool) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	c, err := p.Acquire(ctx)
	if err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	r, err := c.session.batch(ctx, c.session.pgx, b)
	if err != nil {
		c.Release()
		return pgx.FailedBatchResults(b, err)
	}
	r.release = c.Release
	if r.tx != nil {
		r.tx.release = c.Release // instead
	}
	return r
}

// CopyFrom is that of [Conn.CopyFrom].
func (p *Pool) CopyFrom(ctx context.Context, tableName pgx.Identifier, columnNames []string, rowSrc pgx.CopyFromSource) (int64, error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Release()
	return c.CopyFrom(ctx, tableName, columnNames, rowSrc)
}

// Ping, Close, Config, Reset and Stat are those of pgxpool.
func (p *Pool) Ping(ctx context.Context) error { return p.pool.Ping(ctx) }
func (p *Pool) Close()                         { p.pool.Close() }
func (p *Pool) Config() *pgxpool.Config        { return p.pool.Config() }
func (p *Pool) Reset()                         { p.pool.Reset() }
func (p *Pool) Stat() *pgxpool.Stat            { return p.pool.Stat() }
