package cascades

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete"
)

// side is a connection to one of the two databases.
type side struct {
	schema  *schema
	ours    bool
	reading string
	name    string // of the configuration, registered with pgx
	db      *sql.DB
	conn    *sql.Conn
}

// outcome is what a statement led to.
type outcome struct {
	refused  *softdelete.RefusedError
	err      *pgconn.PgError
	affected int64 // -1 where the statement was a query
	columns  []string
	rows     []string
}

func (o outcome) String() string {
	switch {
	case o.refused != nil:
		return o.refused.Error()
	case o.err != nil:
		return fmt.Sprintf("%s %s (table %q, constraint %q; %s)", o.err.Code, o.err.Message, o.err.TableName, o.err.ConstraintName, o.err.Detail)
	case o.affected >= 0:
		return fmt.Sprintf("%d rows affected", o.affected)
	}
	return fmt.Sprintf("%d rows", len(o.rows))
}

// wipe empties a database of everything that a schema may have made.
const wipe = `DROP SCHEMA IF EXISTS public, "` + secondSchema + `" CASCADE; CREATE SCHEMA public;` + "\n"

// connectTo opens a side on a schema that is there already: ours, with a policy,
// or the twin.
func connectTo(ctx context.Context, dsn string, s *schema, policy *softdelete.Policy) (_ *side, err error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	for mode := range pgx.QueryExecModeSimpleProtocol + 1 {
		if strings.ReplaceAll(mode.String(), " ", "_") == s.mode {
			c.DefaultQueryExecMode = mode
		}
	}
	c.StatementCacheCapacity, c.DescriptionCacheCapacity = 32, 32
	path := "public"
	if s.path {
		path += `, "` + secondSchema + `"`
	}
	for k, v := range map[string]string{
		"search_path": path, "timezone": "UTC", "statement_timeout": "20s", "lock_timeout": "10s", "jit": "off",
		"max_parallel_workers_per_gather": "0", "client_min_messages": "warning",
	} {
		c.RuntimeParams[k] = v
	}
	ours := policy != nil
	x := &side{schema: s, ours: ours, reading: s.reading(ours), name: stdlib.RegisterConnConfig(c)}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.close())
		}
	}()
	if ours {
		x.db, err = softdelete.Open(x.name, *policy)
	} else {
		x.db, err = sql.Open("pgx", x.name)
	}
	if err != nil {
		return nil, err
	}
	x.db.SetMaxOpenConns(1)
	x.conn, err = x.db.Conn(ctx)
	return x, err
}

func (x *side) close() (err error) {
	if x.conn != nil {
		err = x.conn.Close()
	}
	if x.db != nil {
		err = errors.Join(err, x.db.Close())
	}
	stdlib.UnregisterConnConfig(x.name)
	return err
}

// raw runs f with the pgx connection beneath: what it sends goes past the driver.
func (x *side) raw(f func(*pgx.Conn) error) error {
	return x.conn.Raw(func(dc any) error {
		c, ok := softdelete.Unwrap(dc).(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("cascades: the connection beneath is a %T", dc)
		}
		return f(c.Conn())
	})
}

// script runs several statements past the driver.
func (x *side) script(ctx context.Context, text string) error {
	return x.raw(func(c *pgx.Conn) error { return script(ctx, c, text) })
}

func script(ctx context.Context, c *pgx.Conn, text string) error {
	if err := c.PgConn().Exec(ctx, text).Close(); err != nil {
		return fmt.Errorf("%w in:\n%s", err, text)
	}
	return nil
}

// snapshot reads all rows.
func (x *side) snapshot(ctx context.Context) (out *snapshot, err error) {
	err = x.raw(func(c *pgx.Conn) error {
		out, err = x.schema.read(ctx, c, x.reading)
		return err
	})
	return out, err
}

// run executes a statement. The error is not the statement's but the harness's.
func (x *side) run(ctx context.Context, st *statement) (outcome, error) {
	text, args := st.twin, st.args
	if x.ours {
		text, args = st.ours, slices.Concat(st.args, st.more)
		if st.actor != "" {
			ctx = softdelete.WithActor(ctx, st.actor)
		}
		if st.because != "" {
			ctx = softdelete.WithReason(ctx, st.because)
		}
	}
	query := func() (*sql.Rows, error) { return x.conn.QueryContext(ctx, text, args...) }
	exec := func() (sql.Result, error) { return x.conn.ExecContext(ctx, text, args...) }
	if st.prepared {
		p, err := x.conn.PrepareContext(ctx, text)
		if err != nil {
			return failed(err)
		}
		defer func() { _ = p.Close() }() // a server that fails here fails the next statement, too
		query = func() (*sql.Rows, error) { return p.QueryContext(ctx, args...) }
		exec = func() (sql.Result, error) { return p.ExecContext(ctx, args...) }
	}
	if !st.query {
		res, err := exec()
		if err != nil {
			return failed(err)
		}
		n, err := res.RowsAffected()
		return outcome{affected: n}, err
	}
	rows, err := query()
	if err != nil {
		return failed(err)
	}
	o, err := x.fetch(rows)
	if err = errors.Join(err, rows.Close()); err != nil {
		return failed(err)
	}
	return o, nil
}

// fetch reads the rows without the bookkeeping columns, and sorts them.
func (x *side) fetch(rows *sql.Rows) (outcome, error) {
	o := outcome{affected: -1}
	names, err := rows.Columns()
	if err != nil {
		return o, err
	}
	hidden := make([]bool, len(names))
	for i, n := range names {
		if hidden[i] = x.ours && x.schema.isBookkeeping(n); !hidden[i] {
			o.columns = append(o.columns, n)
		}
	}
	cells, into := make([]any, len(names)), make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return o, err
		}
		var shown []string
		for i, c := range cells {
			if !hidden[i] {
				shown = append(shown, fmt.Sprintf("%T %[1]v", c))
			}
		}
		o.rows = append(o.rows, strings.Join(shown, " | "))
	}
	slices.Sort(o.rows)
	return o, rows.Err()
}

// isBookkeeping reports whether a result's column of that name is one that only
// our tables have. No other column of the schema has such a name.
func (s *schema) isBookkeeping(column string) bool {
	return slices.ContainsFunc(s.tables, func(t *table) bool { return slices.Contains(t.bookkeeping(), column) })
}

// failed tells a statement's error from the harness's.
func failed(err error) (outcome, error) {
	var o outcome
	if errors.As(err, &o.refused) || errors.As(err, &o.err) {
		return o, nil
	}
	return o, err
}
