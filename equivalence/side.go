package equivalence

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
)

// side is a connection to one of the two databases. The connection beneath
// stays when the schema changes, for a new one costs as much as fifty statements;
// what stands on it, the driver with its policy or pgx alone, is made anew.
type side struct {
	setup string // SQL that follows a reset of the session
	pool  *pgxpool.Pool
	db    *sql.DB
	conn  *sql.Conn
	names map[string]string // of types that pgx does not know, by number: the databases number them differently
}

// outcome is what a statement led to.
type outcome struct {
	refused  *softdelete.RefusedError
	code     string // SQLSTATE; "" if it succeeded
	message  string
	detail   string
	violated string // the constraint
	columns  []string
	rows     []string
	affected int64
}

// defaultMode is pgx's own.
const defaultMode = pgx.QueryExecModeCacheStatement

// config is that of a pool of one connection.
func config(dsn string, mode pgx.QueryExecMode) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	c.MaxConns = 1
	// Statements of random texts would otherwise fill the server's memory.
	c.ConnConfig.StatementCacheCapacity = 32
	c.ConnConfig.DefaultQueryExecMode = mode
	for k, v := range map[string]string{
		"timezone": "UTC", "statement_timeout": "20s", "lock_timeout": "10s", "jit": "off",
		// A worker takes a hundred times as long to start as such a query to run.
		"max_parallel_workers_per_gather": "0",
	} {
		c.ConnConfig.RuntimeParams[k] = v
	}
	return c, nil
}

func openSide(dsn, setup string, mode pgx.QueryExecMode) (*side, error) {
	c, err := config(dsn, mode)
	if err != nil {
		return nil, err
	}
	// Without a context of its own: the connection is made when it is first used.
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		return nil, err
	}
	return &side{setup: setup, pool: pool}, nil
}

// begin starts a session as a new connection would, under the policy if there is one.
func (s *side) begin(ctx context.Context, policy *softdelete.Policy) error {
	if err := s.end(); err != nil {
		return err
	}
	err := s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		// pgx forgets what it prepared, then the server.
		if err := c.Conn().DeallocateAll(ctx); err != nil {
			return err
		}
		if err := c.Conn().PgConn().Exec(ctx, "DISCARD ALL").Close(); err != nil {
			return err
		}
		return c.Conn().PgConn().Exec(ctx, s.setup).Close()
	})
	if err != nil {
		return err
	}
	connector := stdlib.GetPoolConnector(s.pool)
	if policy != nil {
		if connector, err = softdelete.WrapConnector(connector, *policy); err != nil {
			return err
		}
	}
	s.db = sql.OpenDB(connector)
	s.db.SetMaxIdleConns(0) // the pool keeps the connection
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return errors.Join(err, s.end())
	}
	return nil
}

// end gives the connection back.
func (s *side) end() (err error) {
	if s.conn != nil {
		err = s.conn.Close()
	}
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	s.conn, s.db = nil, nil
	return err
}

func (s *side) close() error {
	err := s.end()
	s.pool.Close()
	return err
}

// raw runs f with the pgx connection beneath: what it sends goes past the driver.
func (s *side) raw(f func(*pgx.Conn) error) error {
	return s.conn.Raw(func(dc any) error {
		c, ok := softdelete.Unwrap(dc).(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("equivalence: the connection beneath is a %T", dc)
		}
		return f(c.Conn())
	})
}

// script runs several statements past the driver.
func (s *side) script(ctx context.Context, text string) error {
	return s.raw(func(c *pgx.Conn) error {
		if err := c.PgConn().Exec(ctx, text).Close(); err != nil {
			return fmt.Errorf("%w in:\n%s", err, text)
		}
		return nil
	})
}

// typeNames learns the names of row types and the like.
func (s *side) typeNames(ctx context.Context) (names map[string]string, err error) {
	names = map[string]string{}
	err = s.raw(func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, "SELECT t.oid::text, n.nspname || '.' || t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid >= 16384",
			pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return err
		}
		var oid, n string
		_, err = pgx.ForEachRow(rows, []any{&oid, &n}, func() error {
			names[oid] = n
			return nil
		})
		return err
	})
	return names, err
}

// run executes a step, whose text and parameters these are, and returns an
// outcome for each execution. The error is not the statement's but the harness's.
func (s *side) run(ctx context.Context, st *step, text string, params []*param) ([]outcome, error) {
	switch {
	case st.kind == sqlPrepare:
		return s.runSQLPrepared(ctx, st, text, params)
	case st.execs > 0:
		return s.runPrepared(ctx, st, text, params)
	}
	var args []any
	if st.simple {
		args = append(args, pgx.QueryExecModeSimpleProtocol)
	}
	o, err := s.execute(ctx, st.returnsRows, func(query bool) (*sql.Rows, sql.Result, error) {
		return send(ctx, s.conn, query, text, append(args, values(params, 0)...))
	})
	return []outcome{o}, err
}

func values(params []*param, i int) []any {
	var out []any
	for _, p := range params {
		out = append(out, p.values[i%len(p.values)])
	}
	return out
}

func send(ctx context.Context, c *sql.Conn, query bool, text string, args []any) (*sql.Rows, sql.Result, error) {
	if query {
		rows, err := c.QueryContext(ctx, text, args...)
		return rows, nil, err
	}
	res, err := c.ExecContext(ctx, text, args...)
	return nil, res, err
}

// runPrepared prepares once and executes with other values each time.
func (s *side) runPrepared(ctx context.Context, st *step, text string, params []*param) (out []outcome, err error) {
	p, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		o, err := failed(err)
		return []outcome{o}, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	for i := range st.execs {
		o, err := s.execute(ctx, st.returnsRows, func(query bool) (*sql.Rows, sql.Result, error) {
			args := values(params, i)
			if query {
				rows, err := p.QueryContext(ctx, args...)
				return rows, nil, err
			}
			res, err := p.ExecContext(ctx, args...)
			return nil, res, err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// runSQLPrepared sends PREPARE, EXECUTE and DEALLOCATE as statements.
func (s *side) runSQLPrepared(ctx context.Context, st *step, text string, params []*param) (out []outcome, err error) {
	one := func(query bool, text string) (outcome, error) {
		return s.execute(ctx, query, func(query bool) (*sql.Rows, sql.Result, error) {
			return send(ctx, s.conn, query, text, []any{pgx.QueryExecModeSimpleProtocol})
		})
	}
	o, err := one(false, "PREPARE eq1 AS "+text)
	if err != nil || o.refused != nil || o.code != "" {
		return []outcome{o}, err
	}
	for i := range st.execs {
		o, err := one(st.returnsRows, "EXECUTE eq1"+literalArgs(params, i))
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	o, err = one(false, "DEALLOCATE eq1")
	return append(out, o), err
}

// execute sends through f and reads the answer.
func (s *side) execute(ctx context.Context, query bool, f func(query bool) (*sql.Rows, sql.Result, error)) (outcome, error) {
	rows, res, err := f(query)
	if err != nil {
		return failed(err)
	}
	if !query {
		n, err := res.RowsAffected()
		return outcome{affected: n}, err
	}
	var o outcome
	if err := s.read(rows, &o); err != nil {
		_ = rows.Close() // the error at hand says more
		return failed(err)
	}
	if err := rows.Close(); err != nil {
		return failed(err)
	}
	return o, nil
}

func (s *side) read(rows *sql.Rows, o *outcome) error {
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	cells, into := make([]any, len(types)), make([]any, len(types))
	for i, t := range types {
		n := t.DatabaseTypeName()
		if known, ok := s.names[n]; ok {
			n = known
		}
		o.columns = append(o.columns, t.Name()+" "+n)
		into[i] = &cells[i]
	}
	var b strings.Builder
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		b.Reset()
		for i, c := range cells {
			if i > 0 {
				b.WriteString(" | ")
			}
			switch c := c.(type) {
			case nil:
				b.WriteString("NULL")
			case []byte:
				b.Write(c)
			case string:
				b.WriteString(c)
			case time.Time:
				b.WriteString(c.UTC().Format(time.RFC3339Nano))
			default:
				fmt.Fprint(&b, c)
			}
		}
		o.rows = append(o.rows, b.String())
	}
	return rows.Err()
}

// failed turns an error of the server or a refusal into an outcome.
func failed(err error) (outcome, error) {
	var r *softdelete.RefusedError
	if errors.As(err, &r) {
		return outcome{refused: r}, nil
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return outcome{code: pe.Code, message: pe.Message, detail: pe.Detail, violated: pe.ConstraintName}, nil
	}
	return outcome{}, err
}

// copyOut runs a COPY … TO STDOUT, whose text is final, past the driver.
func (s *side) copyOut(ctx context.Context, text string) (o outcome, err error) {
	err = s.raw(func(c *pgx.Conn) error {
		var b bytes.Buffer
		tag, err := c.PgConn().CopyTo(ctx, &b, text)
		if err != nil {
			o, err = failed(err)
			return err
		}
		o.affected = tag.RowsAffected()
		o.rows = strings.SplitAfter(b.String(), "\n")
		return nil
	})
	return o, err
}

// What the server says of a connection's transaction.
const (
	idle              = 'I'
	failedTransaction = 'E'
)

// status is the state of the connection's transaction.
func (s *side) status() (status byte) {
	// The function gives no error, and a connection that is closed is found out by
	// the next statement.
	_ = s.raw(func(c *pgx.Conn) error { status = c.PgConn().TxStatus(); return nil })
	return status
}

// settle ends the transaction that a unit may have left open.
func (s *side) settle(ctx context.Context) error {
	if s.status() == idle {
		return nil
	}
	return s.script(ctx, "ROLLBACK")
}

// scoped puts a scope into a context.
func scoped(ctx context.Context, scope []string) context.Context {
	for _, s := range scope {
		verb, table, named := strings.Cut(s, ":")
		var tables []string
		if named {
			tables = []string{table}
		}
		switch verb {
		case "with":
			ctx = softdelete.WithDeleted(ctx, tables...)
		case "only":
			ctx = softdelete.OnlyDeleted(ctx, tables...)
		case "hard":
			ctx = softdelete.HardDelete(ctx, tables...)
		}
	}
	return ctx
}
