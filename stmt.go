package softdelete

//lint:file-ignore SA1019 the wrapper forwards the interfaces that older drivers still have

import (
	"context"
	"database/sql/driver"
	"slices"

	"github.com/jackc/pgx/v5"
)

// maxOtherTexts bounds the texts that one statement keeps prepared besides the
// first, each of them a resource of the server.
const maxOtherTexts = 7

// stmt is a prepared statement. The context that executes it decides what it
// means, not the one that prepared it: database/sql prepares a statement again,
// out of sight, on every connection that executes it, so which context prepared
// it first says nothing. Most statements need one text; the others are prepared
// when a scope first asks for them.
type stmt struct {
	conn  *conn
	query string // the user's text

	first  preparedText   // asked for the number and kinds of the arguments
	others []preparedText // for other scopes, most recently used first
}

// preparedText is a statement of the parent's.
type preparedText struct {
	sql          string
	parent       driver.Stmt
	extras       int                     // how many of its parameters are ours
	execContext  driver.StmtExecContext  // nil if the parent lacks it
	queryContext driver.StmtQueryContext // nil if the parent lacks it
}

func newPreparedText(sql string, parent driver.Stmt) preparedText {
	p := preparedText{sql: sql, parent: parent}
	p.execContext, _ = parent.(driver.StmtExecContext)
	p.queryContext, _ = parent.(driver.StmtQueryContext)
	return p
}

// text returns the prepared statement for w, preparing it if need be.
func (s *stmt) text(ctx context.Context, w *rewritten) (preparedText, error) {
	if s.first.sql == w.sql {
		return s.first, nil
	}
	for i, p := range s.others {
		if p.sql == w.sql {
			copy(s.others[1:i+1], s.others[:i])
			s.others[0] = p
			return p, nil
		}
	}
	if len(s.others) == maxOtherTexts {
		oldest := s.others[maxOtherTexts-1]
		s.others = s.others[:maxOtherTexts-1]
		if err := oldest.parent.Close(); err != nil {
			return preparedText{}, err
		}
	}
	p, err := s.conn.prepare(ctx, s.query, w)
	if err != nil {
		return preparedText{}, err
	}
	s.others = slices.Insert(s.others, 0, p)
	return p, nil
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := refuseQueryRewriter(args); err != nil {
		return nil, err
	}
	sc, w, args, err := s.conn.bound(ctx, s.query, args)
	if err != nil {
		return nil, err
	}
	p, err := s.text(ctx, w)
	if err != nil {
		return nil, err
	}
	if w.counted {
		res, err := s.conn.execCounted(ctx, func() (driver.Rows, error) { return p.query(ctx, args) })
		if err != nil {
			return nil, s.conn.sentError(ctx, s.query, w, nil, err)
		}
		return res, nil
	}
	res, err := p.exec(ctx, args)
	for try := 1; err != nil && s.conn.again(w, err, try); try++ {
		res, err = p.exec(ctx, args)
	}
	if err != nil {
		return res, s.conn.sentError(ctx, s.query, w, nil, err)
	}
	s.conn.session.done(sc, w)
	return res, nil
}

func (p preparedText) exec(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if p.execContext != nil {
		return p.execContext.ExecContext(ctx, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return p.parent.Exec(values)
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := refuseQueryRewriter(args); err != nil {
		return nil, err
	}
	sc, w, args, err := s.conn.bound(ctx, s.query, args)
	if err != nil {
		return nil, err
	}
	p, err := s.text(ctx, w)
	if err != nil {
		return nil, err
	}
	if w.counted && w.noRows {
		_, err := s.conn.execCounted(ctx, func() (driver.Rows, error) { return p.query(ctx, args) })
		if err != nil {
			return nil, s.conn.sentError(ctx, s.query, w, nil, err)
		}
		return emptyRows{}, nil
	}
	if s.conn.session.answersNothing(w) {
		_, err := p.exec(ctx, args)
		for try := 1; err != nil && s.conn.again(w, err, try); try++ {
			_, err = p.exec(ctx, args)
		}
		if err != nil {
			return nil, s.conn.sentError(ctx, s.query, w, nil, err)
		}
		return emptyRows{}, nil
	}
	rows, err := p.query(ctx, args)
	for try := 1; err != nil && s.conn.again(w, err, try); try++ {
		rows, err = p.query(ctx, args)
	}
	if err != nil {
		return rows, s.conn.sentError(ctx, s.query, w, nil, err)
	}
	s.conn.session.done(sc, w)
	return s.conn.checked(ctx, s.query, w, nil, rows), nil
}

func (p preparedText) query(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if p.queryContext != nil {
		return p.queryContext.QueryContext(ctx, args)
	}
	values, err := positional(ctx, args)
	if err != nil {
		return nil, err
	}
	return p.parent.Query(values)
}

// Exec, without a context, has the default scope and not that of the context
// that prepared the statement: a scope must not outlive its context.
func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), numbered(args))
}

// Query, without a context, has the default scope, like Exec.
func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), numbered(args))
}

// NumInput is the number of the user's arguments, -1 if the parent does not know.
func (s *stmt) NumInput() int {
	n := s.first.parent.NumInput()
	if n < 0 || s.first.extras == 0 {
		return n
	}
	return n - s.first.extras
}

func (s *stmt) Close() error {
	first := s.first.parent.Close()
	for _, p := range s.others {
		if err := p.parent.Close(); first == nil {
			first = err // one of them, so that it stays the parent's own
		}
	}
	s.others = nil
	return first
}

// CheckNamedValue asks the parent's statement or else its connection, in the
// order in which database/sql would.
func (s *stmt) CheckNamedValue(v *driver.NamedValue) error {
	// Here and not only at execution: database/sql compares the number of
	// arguments before that, and its error would not say what to do.
	if err := refuseQueryRewriter([]driver.NamedValue{*v}); err != nil {
		return err
	}
	if c, ok := s.first.parent.(driver.NamedValueChecker); ok {
		return c.CheckNamedValue(v)
	}
	return s.conn.checkParentValue(v)
}

func (s *stmt) ColumnConverter(index int) driver.ValueConverter {
	if c, ok := s.first.parent.(driver.ColumnConverter); ok {
		return c.ColumnConverter(index)
	}
	return driver.DefaultParameterConverter
}

// refuseQueryRewriter is for prepared statements, whose text is settled before
// the arguments that would change it are known.
func refuseQueryRewriter(args []driver.NamedValue) error {
	_, qr := leadingOptions(args)
	if qr == nil {
		return nil
	}
	kind := "a pgx.QueryRewriter"
	switch qr.(type) {
	case pgx.NamedArgs:
		kind = "pgx.NamedArgs"
	case pgx.StrictNamedArgs:
		kind = "pgx.StrictNamedArgs"
	}
	return &RefusedError{
		Why:     kind + " rewrites the text of the statement, and the text of a prepared statement is settled already",
		Instead: "pass it to ExecContext or QueryContext of the DB, Conn or Tx, or prepare the statement with $1, $2, … and pass the values",
	}
}
