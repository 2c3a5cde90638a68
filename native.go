package softdelete

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strconv"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/softdelete-go/softdelete/internal/native"
)

// What package softpgx works with: the same connections, without database/sql.

func init() {
	native.New = func(policy, options any) (native.Engine, error) {
		p, _ := policy.(Policy)
		opts, _ := options.([]Option)
		return newNativeEngine(p, newOptions(opts))
	}
	native.NewFor = func(rewriter any) native.Engine {
		r, _ := rewriter.(*Rewriter)
		return &nativeRewriter{rewriter: r}
	}
	native.Restore = func(ctx context.Context, q native.Query, table string, key ...any) (int64, error) {
		opts, values := splitOptions(key)
		return restore(ctx, q, &request{verb: verbRestore, table: table, keys: len(values)}, opts, values)
	}
	native.RestoreWhere = func(ctx context.Context, q native.Query, table, where string, args ...any) (int64, error) {
		opts, values := splitOptions(args)
		return restore(ctx, q, &request{verb: verbRestore, table: table, where: where}, opts, values)
	}
	native.RestoreDeletion = func(ctx context.Context, q native.Query, id string, options any) (int64, error) {
		opts, _ := options.([]RestoreOption)
		return restore(ctx, q, &request{verb: verbRestoreID}, opts, []any{id})
	}
	native.PreviewDelete = func(ctx context.Context, q native.Query, table string, key ...any) (any, error) {
		return preview(ctx, q, &request{verb: verbPreviewDelete, table: table, keys: len(key)}, nil, key)
	}
	native.PreviewRestore = func(ctx context.Context, q native.Query, table string, key ...any) (any, error) {
		opts, values := splitOptions(key)
		return preview(ctx, q, &request{verb: verbPreviewRestore, table: table, keys: len(values)}, opts, values)
	}
}

// over is a query of database/sql's.
func over(db Execer) native.Query {
	return func(ctx context.Context, text string, args ...any) (native.Rows, error) {
		return db.QueryContext(ctx, text, args...) //nolint:rowserrcheck // eachRow does, and closes them
	}
}

type nativeEngine struct {
	policy    Policy
	opts      options
	rewriter  *Rewriter
	checked   atomic.Bool
	discovery *discovery
}

func newNativeEngine(p Policy, o options) (*nativeEngine, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	e := &nativeEngine{policy: p, opts: o}
	if p.Discover {
		e.discovery = newDiscovery(p, o)
		return e, nil
	}
	var err error
	e.rewriter, err = newRewriter(p, o)
	return e, err
}

func (e *nativeEngine) Stats() any { return e.opts.counters.stats() }

func (e *nativeEngine) Conn(ctx context.Context, pc *pgx.Conn) (native.Conn, error) {
	c := &nativeConn{newConn(nativeParent{pc}, e.rewriter)}
	c.pgx = pc
	if e.discovery != nil {
		return c, c.discover(ctx, e.discovery)
	}
	if !e.checked.Load() {
		settled, err := c.checkPolicy(ctx, e.policy)
		if err != nil {
			return nil, err
		}
		e.checked.Store(settled)
	}
	return c, nil
}

// nativeRewriter is for connections of which nothing is known.
type nativeRewriter struct{ rewriter *Rewriter }

func (e *nativeRewriter) Stats() any { return e.rewriter.Stats() }

func (e *nativeRewriter) Conn(_ context.Context, pc *pgx.Conn) (native.Conn, error) {
	c := &nativeConn{newConn(nativeParent{pc}, e.rewriter)}
	c.pgx = pc
	return c, nil
}

// nativeConn is a connection of pgx's own.
type nativeConn struct{ *conn }

func (c *nativeConn) Refresh(ctx context.Context) error { return c.refresh(ctx) }
func (c *nativeConn) Settle()                           { c.settle() }

func (c *nativeConn) Returned() {
	if c.view != nil {
		c.note(schemaReturned)
	}
}

func (c *nativeConn) Parse(ctx context.Context, sql string) (unchanged bool, err error) {
	_, w, err := c.rewrite(ctx, sql)
	if err != nil {
		return false, err
	}
	return w.sql == sql && w.refusal == nil && len(w.effects) == 0 && len(w.judged) == 0 && len(w.mustLive) == 0, nil
}

func (c *nativeConn) Plan(ctx context.Context, sql string, options, args []any) (native.Plan, error) {
	sc, w, err := c.rewrite(ctx, sql)
	if err != nil {
		c.observe(ctx, sql, nil, err)
		return nil, err
	}
	p := &nativePlan{conn: c.conn, scope: sc, w: w, user: sql, options: options, args: args}
	if len(w.judged) == 0 && len(w.mustLive) == 0 && len(w.extras) == 0 {
		if w.outcome != Unchanged {
			c.observe(ctx, sql, w, nil)
		}
		return p, nil
	}
	bound, values, err := w.bind(sc, numberedAny(args))
	c.observe(ctx, sql, bound, err)
	if err != nil {
		return nil, err
	}
	p.w = bound
	if len(values) > len(args) {
		p.args = append(p.args[:len(args):len(args)], make([]any, 0, len(values)-len(args))...)
		for _, v := range values[len(args):] {
			p.args = append(p.args, v.Value)
		}
	}
	return p, nil
}

func numberedAny(args []any) []driver.NamedValue {
	named := make([]driver.NamedValue, len(args))
	for i, v := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return named
}

type nativePlan struct {
	conn    *conn
	scope   *scope
	w       *rewritten
	user    string
	options []any
	args    []any
}

func (p *nativePlan) SQL() string   { return p.w.sql }
func (p *nativePlan) Args() []any   { return p.args }
func (p *nativePlan) NoRows() bool  { return p.conn.session.answersNothing(p.w) }
func (p *nativePlan) Counted() bool { return p.w.counted }
func (p *nativePlan) Done()         { p.conn.session.done(p.scope, p.w) }

func (p *nativePlan) Params() int {
	if len(p.w.extras) == 0 || p.w.inline {
		return -1
	}
	return p.w.params
}

func (p *nativePlan) Tag(sent pgconn.CommandTag) pgconn.CommandTag {
	verb := p.conn.session.verb(p.w)
	if verb == "" || verb == verbOf(sent) {
		return sent
	}
	return pgconn.NewCommandTag(verb + " " + strconv.FormatInt(sent.RowsAffected(), 10))
}

func verbOf(tag pgconn.CommandTag) string {
	switch {
	case tag.Insert():
		return "INSERT 0"
	case tag.Update():
		return "UPDATE"
	case tag.Delete():
		return "DELETE"
	case tag.Select():
		return "SELECT"
	}
	return ""
}

func (p *nativePlan) Retries() bool {
	return p.w.checks && !p.w.several && p.conn.rewriter.tables.hasTwins() && p.conn.pgx.PgConn().TxStatus() == 'I'
}

func (p *nativePlan) Again(err error, try int) bool { return p.conn.again(p.w, err, try) }

func (p *nativePlan) ExecCounted(ctx context.Context) (int64, error) {
	values := numberedAny(append(p.options[:len(p.options):len(p.options)], p.args...))
	res, err := p.conn.execCounted(ctx, func() (driver.Rows, error) { return p.conn.query(ctx, p.w.sql, values) })
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (p *nativePlan) Failed(ctx context.Context, err error) error {
	return p.conn.sentError(ctx, p.user, p.w, numberedAny(append(p.options[:len(p.options):len(p.options)], p.args...)), err)
}

func (p *nativePlan) ChangesSchema() bool {
	for _, e := range p.w.effects {
		if e.schema != schemaKept {
			return true
		}
	}
	return false
}

// Presume remembers what the statement will have done, but for the schema, which is not
// read before the batch is over.
func (p *nativePlan) Presume() {
	w := *p.w
	w.effects = nil
	for _, e := range p.w.effects {
		if e.schema == schemaKept {
			w.effects = append(w.effects, e)
		}
	}
	p.conn.session.done(p.scope, &w)
}

func (p *nativePlan) Settled(err error) {
	if err != nil {
		w := *p.w
		w.several = true // nobody knows whether it was executed
		p.conn.session.failed(&w)
		return
	}
	for _, e := range p.w.effects {
		if e.schema != schemaKept {
			p.conn.session.note(e.schema)
		}
	}
}

// nativeParent is as much of a driver as the catalog is read with.
type nativeParent struct{ conn *pgx.Conn }

var errNative = errors.New("softdelete: not for connections of pgx's own")

func (p nativeParent) Prepare(string) (driver.Stmt, error) { return nil, errNative }
func (p nativeParent) Begin() (driver.Tx, error)           { return nil, errNative }
func (p nativeParent) Close() error                        { return errNative }

func (p nativeParent) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	tag, err := p.conn.Exec(ctx, query, unnumbered(args)...)
	return driver.RowsAffected(tag.RowsAffected()), err
}

func (p nativeParent) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := p.conn.Query(ctx, query, unnumbered(args)...)
	if err != nil {
		return nil, err
	}
	return &nativeRows{rows: rows}, nil
}

func (p nativeParent) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts != (driver.TxOptions{ReadOnly: true}) {
		return nil, errNative
	}
	tx, err := p.conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	return nativeTx{ctx, tx}, nil
}

type nativeTx struct {
	ctx context.Context
	tx  pgx.Tx
}

func (t nativeTx) Commit() error   { return t.tx.Commit(t.ctx) }
func (t nativeTx) Rollback() error { return t.tx.Rollback(t.ctx) }

func unnumbered(args []driver.NamedValue) []any {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a.Value
	}
	return values
}

// nativeRows are read by this package only.
type nativeRows struct{ rows pgx.Rows }

func (r *nativeRows) Columns() []string {
	names := make([]string, len(r.rows.FieldDescriptions()))
	for i, f := range r.rows.FieldDescriptions() {
		names[i] = f.Name
	}
	return names
}

func (r *nativeRows) Close() error {
	r.rows.Close()
	return r.rows.Err()
}

func (r *nativeRows) Next(dest []driver.Value) error {
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	values, err := r.rows.Values()
	for i, v := range values {
		dest[i] = v
	}
	return err
}

var _ native.Rows = (*sql.Rows)(nil)
