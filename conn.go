package softdelete

//lint:file-ignore SA1019 the wrapper forwards the interfaces that older drivers still have

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete/internal/lex"
)

// conn rewrites each statement on its way to the parent connection. Calls are
// serial: database/sql holds a lock.
//
// Rewriting depends on nothing but the text, the scope and what the session
// remembers, so database/sql may submit a statement again, as it does after
// [driver.ErrSkip] and [driver.ErrBadConn].
type conn struct {
	parent   driver.Conn
	rewriter *Rewriter
	session  *session
	pgx      *pgx.Conn // the pgx connection at the bottom; nil if there is none
	view     *view     // nil unless the policy follows the schema
	version  string    // of the server, where pgx does not tell; "" if not known
	pooled   *bool     // whether a pooler is between us and the server; nil until it matters
	front    front
	count    *counter // of rewriter

	// The parent's optional abilities, nil where it lacks them, looked up once.
	execerContext  driver.ExecerContext
	execer         driver.Execer
	queryerContext driver.QueryerContext
	queryer        driver.Queryer
	checker        driver.NamedValueChecker
}

func newConn(parent driver.Conn, r *Rewriter) *conn {
	c := &conn{parent: parent, rewriter: r, session: new(session), pgx: pgxBeneath(parent)}
	if r != nil {
		c.count = r.opts.counters.place()
	}
	c.execerContext, _ = parent.(driver.ExecerContext)
	c.execer, _ = parent.(driver.Execer)
	c.queryerContext, _ = parent.(driver.QueryerContext)
	c.queryer, _ = parent.(driver.Queryer)
	c.checker, _ = parent.(driver.NamedValueChecker)
	return c
}

// pgxBeneath looks through the wrappers between us and pgx that offer
// Raw() driver.Conn, as otelsql's does. It gives up after a few: a wrapper's
// Raw may return the wrapper itself.
func pgxBeneath(c driver.Conn) *pgx.Conn {
	for range 8 {
		if p, ok := c.(*stdlib.Conn); ok {
			return p.Conn()
		}
		raw, ok := c.(interface{ Raw() driver.Conn })
		if !ok {
			return nil
		}
		c = raw.Raw()
	}
	return nil
}

// bound returns what to send for query under the scope of ctx, and with which arguments,
// or the reason not to send it.
func (c *conn) bound(ctx context.Context, query string, args []driver.NamedValue) (*scope, *rewritten, []driver.NamedValue, error) {
	sc, w, err := c.rewrite(ctx, query)
	if err == nil {
		w, args, err = w.bind(sc, args)
	}
	if err != nil || w.outcome != Unchanged {
		c.observe(ctx, query, w, err)
	}
	if err == nil && w.checks && c.pgx == nil {
		c.askVersion(ctx)
	}
	return sc, w, args, err
}

// rewrite returns what query is rewritten to under the scope of ctx, before the arguments
// and the values of the context are known.
func (c *conn) rewrite(ctx context.Context, query string) (*scope, *rewritten, error) {
	if err := c.checkLexer(query); err != nil {
		return nil, nil, err
	}
	if err := c.refresh(ctx); err != nil {
		return nil, nil, err
	}
	if err := c.leave(ctx); err != nil {
		return nil, nil, err
	}
	sc := scopeOf(ctx)
	if sc != nil && sc.request != nil {
		if c.rewriter.unfit != nil {
			return nil, nil, unfit(c.rewriter.unfit)
		}
		return c.rewriter.answer(sc, c.session)
	}
	lookup := c.lookup
	if c.rewriter.opts.stripTraces {
		lookup = c.lookupTraced
	}
	w, err := lookup(sc, query)
	if err != nil {
		return nil, nil, err
	}
	if err := c.session.check(sc, w); err != nil {
		return nil, nil, err
	}
	if err := c.refuseUnseen(w); err != nil {
		return nil, nil, err
	}
	return sc, w, nil
}

// checkLexer refuses to work with a server that reads texts otherwise than our
// lexer does: with standard_conforming_strings off, '\' OR id = 1 --' is one
// literal to the server and a literal and a condition to us. pgx learns the
// settings from the server, at every change. Proxies may not report them.
func (c *conn) checkLexer(query string) error {
	if c.pgx == nil {
		return nil
	}
	server := c.pgx.PgConn()
	if v := server.ParameterStatus("standard_conforming_strings"); v != "on" && v != "" {
		return &RefusedError{
			Why:     "the connection has standard_conforming_strings = " + v + ", which changes where a string literal ends",
			Instead: "connect with standard_conforming_strings = on, PostgreSQL's default",
		}
	}
	if v := server.ParameterStatus("client_encoding"); v != "UTF8" && v != "" {
		return &RefusedError{
			Why:     "the connection has client_encoding = " + v + ", and statements are read as UTF-8",
			Instead: "connect with client_encoding = UTF8; PostgreSQL converts to and from the database's own",
		}
	}
	if v := server.ParameterStatus("server_encoding"); v != "UTF8" && v != "" {
		return checkFolding(query, v)
	}
	return nil
}

// checkFolding refuses unquoted names beyond ASCII in a database with another
// encoding than UTF-8: there the server lower-cases such letters as its locale
// says, so that GRÖSSE is größe's like, and our parser does not.
func checkFolding(query, encoding string) error {
	toks, err := lex.Scan(query, nil)
	if err != nil {
		return nil // refused with its own reason, further on
	}
	for _, t := range toks {
		if t.Kind != lex.Word {
			continue
		}
		for i := t.Start; i < t.End; i++ {
			if query[i] >= 0x80 {
				return &RefusedError{
					Position: charPosition(query, int(t.Start)),
					Why:      "in a database with the encoding " + encoding + " the server lower-cases letters beyond ASCII as its locale says",
					Instead:  "write the name in lower case and in double quotes",
				}
			}
		}
	}
	return nil
}

// checkPolicy compares the policy with the catalog, where the bottom is pgx: a
// mock would not know what to answer. It reports whether that is settled.
func (c *conn) checkPolicy(ctx context.Context, p Policy) (settled bool, err error) {
	if c.pgx == nil || c.queryerContext == nil {
		return true, nil
	}
	cat, err := catalogFor(ctx, c.queryerContext, p)
	if err != nil || cat.empty(p) {
		return false, err
	}
	_, problems := cat.judge(p, c.rewriter.opts.allowMissingTables)
	return len(problems) == 0, errors.Join(problems...)
}

// sentError makes an error of the parent, met while it handled w with args, speak of the
// user's text. It is the same error otherwise: callers compare it, and assert its type,
// without unwrapping. The arguments of a prepared statement do not matter here.
func (c *conn) sentError(ctx context.Context, user string, w *rewritten, args []driver.NamedValue, err error) error {
	c.session.failed(w)
	pgErr, own := asServerError(err)
	if pgErr == nil {
		return err
	}
	if own {
		if refused := c.serverError(ctx, user, w, args, pgErr); refused != nil {
			return refused
		}
		return err
	}
	before := *pgErr
	if refused := c.serverError(ctx, user, w, args, pgErr); refused != nil {
		return refused
	}
	return translated(err, pgErr, &before)
}

// serverError makes an error of the server speak of what the user wrote, or returns the
// refusal that it stands for.
func (c *conn) serverError(ctx context.Context, user string, w *rewritten, args []driver.NamedValue, pgErr *pgconn.PgError) error {
	switch pgErr.Code {
	case "42P01": // undefined_table; the name in the message is not translated
		c.session.vanished(pgErr.Message)
	case "3F000": // invalid_schema_name: the temporary schema went with its first table
		if strings.Contains(pgErr.Message, `"pg_temp"`) {
			c.session.forgetTemp()
		}
	}
	// In pgx's simple protocol mode the position counts characters of a
	// third text, in which pgx put the values in place of $1.
	if w.sql != user && c.interpolates(args) {
		pgErr.Position = 0
	}
	if pgErr.Code == "22P02" { // invalid_text_representation: the failing cast
		if refused := restoreError(pgErr); refused != nil {
			return refused
		}
		if refused := phoenixError(c.rewriter.tables, pgErr); refused != nil {
			return refused
		}
		violationError(c.rewriter.tables, pgErr, c.before18())
	}
	c.hintBlocked(ctx, pgErr)
	if f := c.rewriter.tables.twinOf(pgErr); f != nil {
		twinError(f, pgErr)
	}
	if w.unplaced {
		pgErr.Position = 0
	}
	if pgErr.Position > 0 {
		pgErr.Position = int32(w.position(user, int(pgErr.Position)))
	}
	conflictError(w, pgErr)
	return nil
}

// askVersion finds out what a violated RESTRICT is called, before a statement may find one:
// afterwards a transaction has failed and answers nothing. Without an answer it is what it
// was called before PostgreSQL 18.
func (c *conn) askVersion(ctx context.Context) {
	if c.version != "" || c.queryerContext == nil || !c.rewriter.tables.restricts() {
		return
	}
	c.version = "unknown"
	if v, err := queryText(ctx, c.queryerContext, "SHOW server_version", nil); err == nil {
		c.version = string(v)
	}
}

// before18 reports whether the server words a violated RESTRICT like NO ACTION.
func (c *conn) before18() bool {
	version := c.version // "15.8 (Debian 15.8-0)", "18beta1"
	if c.pgx != nil {
		version = c.pgx.PgConn().ParameterStatus("server_version")
	}
	digits := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(version)
	}
	n, err := strconv.Atoi(version[:digits])
	return err != nil || n < 18
}

// interpolates reports whether pgx puts the values into the text.
func (c *conn) interpolates(args []driver.NamedValue) bool {
	options, _ := leadingOptions(args)
	if c.pgx == nil || options == len(args) {
		return false
	}
	mode := c.pgx.Config().DefaultQueryExecMode
	for _, a := range args[:options] {
		if m, ok := a.Value.(pgx.QueryExecMode); ok {
			mode = m
		}
	}
	return mode == pgx.QueryExecModeSimpleProtocol
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.execerContext == nil && c.execer == nil {
		return nil, driver.ErrSkip
	}
	query, args, err := c.applyQueryRewriter(ctx, query, args)
	if err != nil {
		return nil, err
	}
	sc, w, args, err := c.bound(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if w.counted {
		res, err := c.execCounted(ctx, func() (driver.Rows, error) { return c.query(ctx, w.sql, args) })
		if err != nil {
			return nil, c.sentError(ctx, query, w, args, err)
		}
		return res, nil
	}
	res, err := c.exec(ctx, w.sql, args)
	for try := 1; err != nil && c.again(w, err, try); try++ {
		res, err = c.exec(ctx, w.sql, args)
	}
	if err != nil {
		return res, c.sentError(ctx, query, w, args, err)
	}
	c.session.done(sc, w)
	return res, nil
}

// maxTries bounds how often a statement is sent whose deletion met a child that
// was inserted meanwhile.
const maxTries = 4

// again reports whether to send a statement again. With twin keys the server
// itself finds the child that another transaction inserted after this statement
// took its snapshot, and rejects the deletion; the next snapshot has the child,
// and takes it along. In an explicit transaction the error has ended that, and
// only the application knows what else was in it.
func (c *conn) again(w *rewritten, err error, try int) bool {
	var pgErr *pgconn.PgError
	if !w.checks || w.several || c.pgx == nil || try >= maxTries || !errors.As(err, &pgErr) {
		return false
	}
	return c.rewriter.tables.twinOf(pgErr) != nil && strings.HasPrefix(pgErr.Message, "update or delete") && c.pgx.PgConn().TxStatus() == 'I'
}

func (c *conn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.execerContext != nil {
		return c.execerContext.ExecContext(ctx, query, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return c.execer.Exec(query, values)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.queryerContext == nil && c.queryer == nil {
		return nil, driver.ErrSkip
	}
	query, args, err := c.applyQueryRewriter(ctx, query, args)
	if err != nil {
		return nil, err
	}
	sc, w, args, err := c.bound(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if w.counted && w.noRows {
		_, err := c.execCounted(ctx, func() (driver.Rows, error) { return c.query(ctx, w.sql, args) })
		if err != nil {
			return nil, c.sentError(ctx, query, w, args, err)
		}
		return emptyRows{}, nil
	}
	if c.session.answersNothing(w) && (c.execerContext != nil || c.execer != nil) {
		_, err := c.exec(ctx, w.sql, args)
		for try := 1; err != nil && c.again(w, err, try); try++ {
			_, err = c.exec(ctx, w.sql, args)
		}
		if err != nil {
			return nil, c.sentError(ctx, query, w, args, err)
		}
		c.session.done(sc, w)
		return emptyRows{}, nil
	}
	rows, err := c.query(ctx, w.sql, args)
	for try := 1; err != nil && c.again(w, err, try); try++ {
		rows, err = c.query(ctx, w.sql, args)
	}
	if err != nil {
		return rows, c.sentError(ctx, query, w, args, err)
	}
	c.session.done(sc, w)
	return c.checked(ctx, query, w, args, rows), nil
}

func (c *conn) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.queryerContext != nil {
		return c.queryerContext.QueryContext(ctx, query, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return c.queryer.Query(query, values)
}

// Exec, without a context, has the default scope.
func (c *conn) Exec(query string, args []driver.Value) (driver.Result, error) {
	return c.ExecContext(context.Background(), query, numbered(args))
}

// Query, without a context, has the default scope.
func (c *conn) Query(query string, args []driver.Value) (driver.Rows, error) {
	return c.QueryContext(context.Background(), query, numbered(args))
}

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	sc, w, err := c.rewrite(ctx, query)
	if err != nil {
		c.observe(ctx, query, nil, err)
		return nil, err
	}
	if w.inline && len(w.extras) > 0 {
		if w, _, err = w.bind(sc, nil); err != nil {
			return nil, err
		}
	}
	first, err := c.prepare(ctx, query, w)
	if err != nil {
		return nil, err
	}
	return &stmt{conn: c, query: query, first: first}, nil
}

// prepare prepares what query was rewritten to.
func (c *conn) prepare(ctx context.Context, query string, w *rewritten) (preparedText, error) {
	parent, err := c.prepareText(ctx, w.sql)
	if err != nil {
		return preparedText{}, c.sentError(ctx, query, w, nil, err)
	}
	p := newPreparedText(w.sql, parent)
	p.extras = len(w.extras)
	return p, nil
}

func (c *conn) prepareText(ctx context.Context, query string) (driver.Stmt, error) {
	if p, ok := c.parent.(driver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, query)
	}
	s, err := c.parent.Prepare(query)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		_ = s.Close() // nobody will hear of this statement
		return nil, err
	}
	return s, nil
}

func (c *conn) Close() error {
	err := c.parent.Close()
	c.settle()
	return err
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	tx, err := c.begin(ctx, opts)
	if err != nil || c.view == nil {
		return tx, err
	}
	return &watchedTx{tx, c}, nil
}

func (c *conn) begin(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if b, ok := c.parent.(driver.ConnBeginTx); ok {
		return b.BeginTx(ctx, opts)
	}
	if opts.Isolation != driver.IsolationLevel(sql.LevelDefault) {
		return nil, errors.New("softdelete: the wrapped driver does not support non-default isolation levels")
	}
	if opts.ReadOnly {
		return nil, errors.New("softdelete: the wrapped driver does not support read-only transactions")
	}
	tx, err := c.parent.Begin()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		_ = tx.Rollback() // nobody will hear of this transaction
		return nil, err
	}
	return tx, nil
}

func (c *conn) Ping(ctx context.Context) error {
	if p, ok := c.parent.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

func (c *conn) ResetSession(ctx context.Context) error {
	c.settle()
	if r, ok := c.parent.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

// IsValid is called when the connection goes back to the pool.
func (c *conn) IsValid() bool {
	c.settle()
	if v, ok := c.parent.(driver.Validator); ok {
		return v.IsValid()
	}
	return true
}

func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	// It never reaches the parent: applyQueryRewriter replaces it.
	if _, ok := v.Value.(pgx.QueryRewriter); ok && v.Ordinal == 1 {
		return nil
	}
	// A parent that executes prepared statements only has the statement check
	// its arguments, and a statement may take what the connection would not.
	if c.execerContext == nil && c.execer == nil && c.queryerContext == nil && c.queryer == nil {
		return nil
	}
	return c.checkParentValue(v)
}

// checkParentValue returns [driver.ErrSkip] for database/sql's own conversion
// if the parent has none.
func (c *conn) checkParentValue(v *driver.NamedValue) error {
	if c.checker != nil {
		return c.checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// leadingOptions looks at the arguments that pgx takes for options of the call
// and not for values: how many there are, and the query rewriter among them.
func leadingOptions(args []driver.NamedValue) (n int, qr pgx.QueryRewriter) {
	for n < len(args) {
		switch v := args[n].Value.(type) {
		case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
		case pgx.QueryRewriter:
			qr = v // of several, pgx too lets the last one win
		default:
			return n, qr
		}
		n++
	}
	return n, qr
}

// applyQueryRewriter does early what pgx would do too late with an argument
// such as pgx.NamedArgs. To the parser "DELETE FROM t WHERE id = @id" is valid,
// with the prefix operator @ applied to the column id, so the text must be what
// pgx makes of it before anyone parses it.
func (c *conn) applyQueryRewriter(ctx context.Context, query string, args []driver.NamedValue) (string, []driver.NamedValue, error) {
	n, qr := leadingOptions(args)
	if qr == nil {
		return query, args, nil
	}
	rest := make([]any, 0, len(args)-n)
	for _, a := range args[n:] {
		rest = append(rest, a.Value)
	}
	query, values, err := qr.RewriteQuery(ctx, c.pgx, query, rest)
	if err != nil {
		return "", nil, fmt.Errorf("rewrite query failed: %w", err) // as pgx words it
	}

	var out []driver.NamedValue
	for _, a := range args[:n] {
		if _, ok := a.Value.(pgx.QueryRewriter); !ok {
			out = append(out, driver.NamedValue{Ordinal: len(out) + 1, Value: a.Value})
		}
	}
	options := len(out)
	for _, value := range values {
		v := driver.NamedValue{Ordinal: len(out) + 1, Value: value}
		switch err := c.checkParentValue(&v); {
		case err == nil:
		case errors.Is(err, driver.ErrRemoveArgument):
			continue
		case errors.Is(err, driver.ErrSkip):
			if v.Value, err = driver.DefaultParameterConverter.ConvertValue(value); err != nil {
				return "", nil, fmt.Errorf("softdelete: converting argument $%d: %w", v.Ordinal-options, err)
			}
		default:
			return "", nil, fmt.Errorf("softdelete: converting argument $%d: %w", v.Ordinal-options, err)
		}
		out = append(out, v)
	}
	// pgx sees one list: a value of an option's type, first among the values,
	// would be an option again, and a second QueryRewriter would edit our text.
	if n, _ := leadingOptions(out); n > options {
		return "", nil, &RefusedError{
			Why:     fmt.Sprintf("%T yields a %T as its first value, which pgx takes for an option", qr, out[options].Value),
			Instead: "pass options before the arguments",
		}
	}
	return query, out, nil
}

// positional is for the parent's methods that predate contexts and names.
func positional(ctx context.Context, args []driver.NamedValue) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, a := range args {
		if a.Name != "" {
			return nil, errors.New("softdelete: the wrapped driver does not support named parameters")
		}
		values[i] = a.Value
	}
	return values, ctx.Err()
}

func numbered(args []driver.Value) []driver.NamedValue {
	named := make([]driver.NamedValue, len(args))
	for i, v := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return named
}
