package softdelete

//lint:file-ignore SA1019 the wrapper forwards the interfaces that older drivers still have

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A hand-written driver, for what go-sqlmock cannot play: abilities that are
// missing, session resets, connector closing, transaction options.

var usersPolicy = Policy{Tables: []Table{{Name: "users"}}}

// fakeDB is what its connections have in common: it keeps a record of the calls
// and plays the part of the server.
type fakeDB struct {
	mu    sync.Mutex
	calls []string
	conns int

	fail      func(call string) error               // may be nil; the error that a call returns
	shapeConn func(*fakeConn) driver.Conn           // may be nil; takes abilities away
	shapeStmt func(*fakeStmt) driver.Stmt           // may be nil; takes abilities away
	convert   func(value any) (driver.Value, error) // may be nil; what a column converter does
	rows      driver.Rows                           // may be nil; what queries return
}

func (db *fakeDB) record(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	db.mu.Lock()
	db.calls = append(db.calls, call)
	db.mu.Unlock()
	if db.fail != nil {
		return db.fail(call)
	}
	return nil
}

// take returns the calls so far and forgets them.
func (db *fakeDB) take() []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	calls := db.calls
	db.calls = nil
	return calls
}

func (db *fakeDB) connect() driver.Conn {
	db.mu.Lock()
	db.conns++
	c := &fakeConn{db: db, id: db.conns}
	db.mu.Unlock()
	if db.shapeConn != nil {
		return db.shapeConn(c)
	}
	return c
}

// conn returns a connection of ours over one of db's.
func (db *fakeDB) conn(t testing.TB, opts ...Option) *conn {
	t.Helper()
	c, err := WrapConnector(&fakeConnector{db: db}, usersPolicy, opts...)
	if err != nil {
		t.Fatal(err)
	}
	dc, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dc.(*conn)
}

// open returns a pool over db through our wrapper.
func (db *fakeDB) open(t testing.TB) *sql.DB {
	t.Helper()
	c, err := WrapConnector(&fakeConnector{db: db}, usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(c)
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// fakeDriver implements nothing but driver.Driver.
type fakeDriver struct{ db *fakeDB }

func (d *fakeDriver) Open(name string) (driver.Conn, error) {
	if err := d.db.record("driver open %s", name); err != nil {
		return nil, err
	}
	return d.db.connect(), nil
}

// fakeContextDriver implements driver.DriverContext too.
type fakeContextDriver struct{ fakeDriver }

func (d *fakeContextDriver) OpenConnector(name string) (driver.Connector, error) {
	if err := d.db.record("driver open connector %s", name); err != nil {
		return nil, err
	}
	return &fakeConnector{db: d.db}, nil
}

// fakeConnector does not implement io.Closer.
type fakeConnector struct{ db *fakeDB }

func (c *fakeConnector) Connect(context.Context) (driver.Conn, error) {
	if err := c.db.record("connect"); err != nil {
		return nil, err
	}
	return c.db.connect(), nil
}

func (c *fakeConnector) Driver() driver.Driver { return &fakeDriver{db: c.db} }

type fakeClosingConnector struct{ fakeConnector }

func (c *fakeClosingConnector) Close() error { return c.db.record("connector close") }

// fakeConn can do everything.
type fakeConn struct {
	db *fakeDB
	id int
}

func (c *fakeConn) record(format string, args ...any) error {
	return c.db.record(fmt.Sprintf("conn%d ", c.id)+format, args...)
}

func (c *fakeConn) prepared(query string) driver.Stmt {
	s := &fakeStmt{conn: c, query: query}
	if c.db.shapeStmt != nil {
		return c.db.shapeStmt(s)
	}
	return s
}

func (c *fakeConn) Prepare(query string) (driver.Stmt, error) {
	if err := c.record("legacy prepare %s", query); err != nil {
		return nil, err
	}
	return c.prepared(query), nil
}

func (c *fakeConn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	if err := c.record("prepare %s", query); err != nil {
		return nil, err
	}
	return c.prepared(query), nil
}

func (c *fakeConn) Close() error { return c.record("close") }

func (c *fakeConn) Begin() (driver.Tx, error) {
	if err := c.record("legacy begin"); err != nil {
		return nil, err
	}
	return &fakeTx{conn: c}, nil
}

func (c *fakeConn) BeginTx(_ context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.record("begin %+v", opts); err != nil {
		return nil, err
	}
	return &fakeTx{conn: c}, nil
}

func (c *fakeConn) ExecContext(_ context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), c.record("exec %s %v", query, args)
}

func (c *fakeConn) Exec(query string, args []driver.Value) (driver.Result, error) {
	return driver.RowsAffected(1), c.record("legacy exec %s %v", query, args)
}

func (c *fakeConn) QueryContext(_ context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.record("query %s %v", query, args); err != nil {
		return nil, err
	}
	return c.result(), nil
}

func (c *fakeConn) Query(query string, args []driver.Value) (driver.Rows, error) {
	if err := c.record("legacy query %s %v", query, args); err != nil {
		return nil, err
	}
	return c.result(), nil
}

func (c *fakeConn) result() driver.Rows {
	if c.db.rows != nil {
		return c.db.rows
	}
	return &fakeRows{}
}

func (c *fakeConn) Ping(context.Context) error         { return c.record("ping") }
func (c *fakeConn) ResetSession(context.Context) error { return c.record("reset session") }
func (c *fakeConn) IsValid() bool                      { return c.record("is valid") == nil }

func (c *fakeConn) CheckNamedValue(v *driver.NamedValue) error {
	return checkFakeValue(c.record, v)
}

// fakeOption is an argument that CheckNamedValue removes, as drivers may.
type fakeOption struct{}

func checkFakeValue(record func(string, ...any) error, v *driver.NamedValue) error {
	if err := record("check %d %v", v.Ordinal, v.Value); err != nil {
		return err
	}
	if _, ok := v.Value.(fakeOption); ok {
		return driver.ErrRemoveArgument
	}
	return nil
}

type fakeTx struct{ conn *fakeConn }

func (tx *fakeTx) Commit() error   { return tx.conn.record("commit") }
func (tx *fakeTx) Rollback() error { return tx.conn.record("rollback") }

// fakeStmt can do everything.
type fakeStmt struct {
	conn  *fakeConn
	query string
}

func (s *fakeStmt) Close() error  { return s.conn.record("stmt close %s", s.query) }
func (s *fakeStmt) NumInput() int { return strings.Count(s.query, "$") }

func (s *fakeStmt) Exec(args []driver.Value) (driver.Result, error) {
	return driver.RowsAffected(1), s.conn.record("stmt legacy exec %s %v", s.query, args)
}

func (s *fakeStmt) Query(args []driver.Value) (driver.Rows, error) {
	if err := s.conn.record("stmt legacy query %s %v", s.query, args); err != nil {
		return nil, err
	}
	return s.conn.result(), nil
}

func (s *fakeStmt) ExecContext(_ context.Context, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), s.conn.record("stmt exec %s %v", s.query, args)
}

func (s *fakeStmt) QueryContext(_ context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.conn.record("stmt query %s %v", s.query, args); err != nil {
		return nil, err
	}
	return s.conn.result(), nil
}

func (s *fakeStmt) CheckNamedValue(v *driver.NamedValue) error {
	return checkFakeValue(func(format string, args ...any) error {
		return s.conn.record("stmt "+format, args...)
	}, v)
}

func (s *fakeStmt) ColumnConverter(index int) driver.ValueConverter {
	return fakeConverter{stmt: s, index: index}
}

type fakeConverter struct {
	stmt  *fakeStmt
	index int
}

func (c fakeConverter) ConvertValue(v any) (driver.Value, error) {
	if err := c.stmt.conn.record("stmt convert %d %v", c.index, v); err != nil {
		return nil, err
	}
	if c.stmt.conn.db.convert != nil {
		return c.stmt.conn.db.convert(v)
	}
	return driver.DefaultParameterConverter.ConvertValue(v)
}

// fakeRows is one row of one column.
type fakeRows struct{ read bool }

func (r *fakeRows) Columns() []string { return []string{"n"} }
func (r *fakeRows) Close() error      { return nil }
func (r *fakeRows) Next(dest []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read = true
	dest[0] = int64(1)
	return nil
}

// The same connection with one ability less each, or with few.
type (
	connBare struct{ driver.Conn }

	connLegacy struct {
		driver.Conn
		driver.Execer
		driver.Queryer
	}
	connNoPrepareContext struct {
		driver.Conn
		driver.ConnBeginTx
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
		driver.NamedValueChecker
	}
	connNoBeginTx struct {
		driver.Conn
		driver.ConnPrepareContext
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
		driver.NamedValueChecker
	}
	connNoExec struct {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
		driver.NamedValueChecker
	}
	connNoQuery struct {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.ExecerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
		driver.NamedValueChecker
	}
	connNoPing struct {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.ExecerContext
		driver.QueryerContext
		driver.SessionResetter
		driver.Validator
		driver.NamedValueChecker
	}
	connNoReset struct {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.Validator
		driver.NamedValueChecker
	}
	connNoValidator struct {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.NamedValueChecker
	}
	connNoChecker struct {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
	}
)

var connShapes = map[string]func(*fakeConn) driver.Conn{
	"everything":            nil,
	"nothing optional":      func(c *fakeConn) driver.Conn { return connBare{c} },
	"only legacy":           func(c *fakeConn) driver.Conn { return connLegacy{c, c, c} },
	"no ConnPrepareContext": func(c *fakeConn) driver.Conn { return connNoPrepareContext{c, c, c, c, c, c, c, c} },
	"no ConnBeginTx":        func(c *fakeConn) driver.Conn { return connNoBeginTx{c, c, c, c, c, c, c, c} },
	"no ExecerContext":      func(c *fakeConn) driver.Conn { return connNoExec{c, c, c, c, c, c, c, c} },
	"no QueryerContext":     func(c *fakeConn) driver.Conn { return connNoQuery{c, c, c, c, c, c, c, c} },
	"no Pinger":             func(c *fakeConn) driver.Conn { return connNoPing{c, c, c, c, c, c, c, c} },
	"no SessionResetter":    func(c *fakeConn) driver.Conn { return connNoReset{c, c, c, c, c, c, c, c} },
	"no Validator":          func(c *fakeConn) driver.Conn { return connNoValidator{c, c, c, c, c, c, c, c} },
	"no NamedValueChecker":  func(c *fakeConn) driver.Conn { return connNoChecker{c, c, c, c, c, c, c, c} },
}

// columnConverter, embedded, leaves the name ColumnConverter to the method.
type columnConverter = driver.ColumnConverter

// The same for statements.
type (
	stmtBare struct{ driver.Stmt }

	stmtNoExecContext struct {
		driver.Stmt
		driver.StmtQueryContext
		driver.NamedValueChecker
		columnConverter
	}
	stmtNoQueryContext struct {
		driver.Stmt
		driver.StmtExecContext
		driver.NamedValueChecker
		columnConverter
	}
	stmtNoChecker struct {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
		columnConverter
	}
	stmtNoConverter struct {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
		driver.NamedValueChecker
	}
)

var stmtShapes = map[string]func(*fakeStmt) driver.Stmt{
	"everything":           nil,
	"nothing optional":     func(s *fakeStmt) driver.Stmt { return stmtBare{s} },
	"no StmtExecContext":   func(s *fakeStmt) driver.Stmt { return stmtNoExecContext{s, s, s, s} },
	"no StmtQueryContext":  func(s *fakeStmt) driver.Stmt { return stmtNoQueryContext{s, s, s, s} },
	"no NamedValueChecker": func(s *fakeStmt) driver.Stmt { return stmtNoChecker{s, s, s, s} },
	"no ColumnConverter":   func(s *fakeStmt) driver.Stmt { return stmtNoConverter{s, s, s, s} },
}

// wantCalls compares what reached the parent.
func wantCalls(t *testing.T, db *fakeDB, want ...string) {
	t.Helper()
	if got := db.take(); !slices.Equal(got, want) {
		t.Errorf("the parent was called with\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
