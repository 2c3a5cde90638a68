package softpgx

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/native"
)

// session is what one connection remembers for one pool.
type session struct {
	native.Conn
	pgx   *pgx.Conn
	names map[string]named // the statements prepared by name
}

// named is a prepared statement.
type named struct {
	user string // the text as it was given
	sql  string // what was prepared
	name string // under which name, for pgx
}

// sender is a *pgx.Conn or a pgx.Tx.
type sender interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, tableName pgx.Identifier, columnNames []string, rowSrc pgx.CopyFromSource) (int64, error)
	Begin(ctx context.Context) (pgx.Tx, error)
	Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error)
}

// call is a statement that is ready to be sent.
type call struct {
	native.Plan
	text string // its SQL, or the name that this was prepared under
	args []any  // with the options
}

// ready rewrites a statement. A query rewriter among its arguments, such as pgx.NamedArgs,
// goes first: to PostgreSQL's parser "id = @id" is an operator and a column.
func (s *session) ready(ctx context.Context, sql string, args []any) (*call, error) {
	options, args, sql, err := s.options(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	prepared, isName := s.names[sql]
	if isName {
		sql = prepared.user
	}
	p, err := s.Plan(ctx, sql, options, args)
	if err != nil {
		return nil, err
	}
	c := &call{Plan: p, text: p.SQL(), args: p.Args()}
	if isName && c.text == prepared.sql {
		c.text = prepared.name
	}
	if len(options) > 0 {
		c.args = slices.Concat(options, c.args)
	}
	return c, nil
}

// options separates the arguments that pgx takes for options of the call, and applies a
// query rewriter among them.
func (s *session) options(ctx context.Context, sql string, args []any) (options, values []any, text string, err error) {
	var qr pgx.QueryRewriter
	n := 0
loop:
	for ; n < len(args); n++ {
		switch a := args[n].(type) {
		case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
			options = append(options, a)
		case pgx.QueryRewriter:
			qr = a // of several, pgx too lets the last one win
		default:
			break loop
		}
	}
	values = args[n:]
	if qr == nil {
		return options, values, sql, nil
	}
	sql, values, err = qr.RewriteQuery(ctx, s.pgx, sql, values)
	if err != nil {
		return nil, nil, "", fmt.Errorf("rewrite query failed: %w", err) // as pgx words it
	}
	if len(values) > 0 {
		switch values[0].(type) {
		case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID, pgx.QueryRewriter:
			return nil, nil, "", &softdelete.RefusedError{
				Why:     fmt.Sprintf("%T yields a %T as its first value, which pgx takes for an option", qr, values[0]),
				Instead: "pass options before the arguments",
			}
		}
	}
	return options, values, sql, nil
}

func (s *session) exec(ctx context.Context, on sender, sql string, args []any) (pgconn.CommandTag, error) {
	c, err := s.ready(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	if c.Counted() {
		n, err := c.ExecCounted(ctx)
		if err != nil {
			return pgconn.CommandTag{}, c.Failed(ctx, err)
		}
		return c.Tag(selected(n)), nil
	}
	tag, err := on.Exec(ctx, c.text, c.args...)
	for try := 1; err != nil && c.Again(err, try); try++ {
		tag, err = on.Exec(ctx, c.text, c.args...)
	}
	if err != nil {
		return tag, c.Failed(ctx, err)
	}
	c.Done()
	return c.Tag(tag), nil
}

func selected(n int64) pgconn.CommandTag { return pgconn.NewCommandTag(fmt.Sprintf("SELECT %d", n)) }

func (s *session) query(ctx context.Context, on sender, sql string, args []any) (pgx.Rows, error) {
	c, err := s.ready(ctx, sql, args)
	if err != nil {
		return failedRows{err}, err
	}
	if c.Counted() && c.NoRows() {
		n, err := c.ExecCounted(ctx)
		if err != nil {
			err = c.Failed(ctx, err)
			return failedRows{err}, err
		}
		return &rows{Rows: failedRows{}, call: c, silent: true, done: true, tag: c.Tag(selected(n))}, nil
	}
	for try := 1; ; try++ {
		sent, err := on.Query(ctx, c.text, c.args...)
		r := &rows{Rows: sent, ctx: ctx, call: c, silent: c.NoRows()}
		if err != nil {
			if r.end(); r.err == nil {
				r.err = err
			}
			return r, r.err
		}
		if !c.Retries() {
			return r, nil
		}
		// The server says at the first row what it thinks of the statement.
		r.peeked, r.first = true, sent.Next()
		if err := sent.Err(); err != nil && c.Again(err, try) {
			continue
		}
		return r, nil
	}
}

func (s *session) prepare(ctx context.Context, on sender, name, sql string) (*pgconn.StatementDescription, error) {
	p, err := s.Plan(ctx, sql, nil, nil)
	if err != nil {
		return nil, err
	}
	under := name
	if name == sql {
		under = p.SQL() // pgx names it by a digest then
	}
	d, err := on.Prepare(ctx, under, p.SQL())
	if err != nil {
		return nil, p.Failed(ctx, err)
	}
	if s.names == nil {
		s.names = map[string]named{}
	}
	s.names[name] = named{user: sql, sql: p.SQL(), name: under}
	if n := p.Params(); n >= 0 && n < len(d.ParamOIDs) {
		own := *d
		own.SQL, own.ParamOIDs = sql, d.ParamOIDs[:n:n]
		return &own, nil
	}
	return d, nil
}
