package equivalence

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
)

// side is one of the two databases, through the driver or without it, always on
// one connection.
type side struct {
	dsn   string
	db    *sql.DB
	conn  *sql.Conn
	names map[string]string // of types that pgx does not know, by number: the databases number them differently
}

// outcome is what a statement led to.
type outcome struct {
	refused  *softdelete.RefusedError
	code     string // SQLSTATE; "" if it succeeded
	message  string
	columns  []string
	rows     []string
	affected int64
}

// defaultMode is pgx's own.
const defaultMode = pgx.QueryExecModeCacheStatement

// config is the connection configuration; statements of random texts would
// otherwise fill the server's memory.
func config(dsn, setup string, mode pgx.QueryExecMode) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	c.StatementCacheCapacity = 32
	c.DefaultQueryExecMode = mode
	for k, v := range map[string]string{"timezone": "UTC", "statement_timeout": "20s", "lock_timeout": "10s", "jit": "off"} {
		c.RuntimeParams[k] = v
	}
	if setup != "" {
		c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
			return conn.Exec(ctx, setup).Close()
		}
	}
	return c, nil
}

func openSide(ctx context.Context, dsn, setup string, mode pgx.QueryExecMode, policy *softdelete.Policy) (_ *side, err error) {
	c, err := config(dsn, setup, mode)
	if err != nil {
		return nil, err
	}
	connector := stdlib.GetConnector(*c)
	if policy != nil {
		if connector, err = softdelete.WrapConnector(connector, *policy); err != nil {
			return nil, err
		}
	}
	s := &side{dsn: dsn, db: sql.OpenDB(connector), names: map[string]string{}}
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

func (s *side) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.conn.Close(), s.db.Close())
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

// nameTypes learns the names of row types and the like.
func (s *side) nameTypes(ctx context.Context) error {
	return s.raw(func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, "SELECT oid::bigint, oid::regtype::text FROM pg_type WHERE oid >= 16384", pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return err
		}
		var oid int64
		var n string
		_, err = pgx.ForEachRow(rows, []any{&oid, &n}, func() error {
			s.names[strconv.FormatInt(oid, 10)] = n
			return nil
		})
		return err
	})
}

// run executes a step and returns an outcome for each execution. The error is
// not the statement's but the harness's.
func (s *side) run(ctx context.Context, st *step, scope []string) ([]outcome, error) {
	ctx = scoped(ctx, scope)
	text, params := st.sql()
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
		return outcome{code: pe.Code, message: pe.Message}, nil
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

// settle ends the transaction that a unit may have left open.
func (s *side) settle(ctx context.Context) error {
	return s.raw(func(c *pgx.Conn) error {
		if c.PgConn().TxStatus() == 'I' {
			return nil
		}
		return c.PgConn().Exec(ctx, "ROLLBACK").Close()
	})
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

// relation is a table as the content comparison reads it.
type relation struct {
	full, live string // quoted name; condition on the alias x
}

// content returns a digest of each table's rows; with all, deleted rows too.
func (s *side) content(ctx context.Context, tables []relation, all bool) ([]string, error) {
	var q strings.Builder
	for i, t := range tables {
		if i > 0 {
			q.WriteString(" UNION ALL ")
		}
		where := t.live
		if all {
			where = "true"
		}
		fmt.Fprintf(&q, "SELECT %d, count(*) || ' ' || coalesce(md5(string_agg(x::text, ';' ORDER BY x::text COLLATE \"C\")), '') FROM ONLY %s x WHERE %s", i, t.full, where)
	}
	out := make([]string, len(tables))
	if len(tables) == 0 {
		return out, nil
	}
	err := s.raw(func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, q.String())
		if err != nil {
			return err
		}
		var i int
		var digest string
		_, err = pgx.ForEachRow(rows, []any{&i, &digest}, func() error {
			out[i] = digest
			return nil
		})
		return err
	})
	return out, err
}

// rowsOf lists the rows of a table as text, sorted.
func (s *side) rowsOf(ctx context.Context, t relation, all bool) (out []string, err error) {
	where := t.live
	if all {
		where = "true"
	}
	err = s.raw(func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, fmt.Sprintf("SELECT x::text FROM ONLY %s x WHERE %s", t.full, where), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	slices.Sort(out)
	return out, err
}
