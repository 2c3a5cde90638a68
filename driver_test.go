package softdelete

//lint:file-ignore SA1019 the wrapper forwards the interfaces that older drivers still have

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// passThrough hands values to the mock as they are, like pgx.
type passThrough struct{}

func (passThrough) ConvertValue(v any) (driver.Value, error) { return v, nil }

// openMock returns a pool of one connection, through our wrapper, to a mock
// that wants its texts to the letter.
func openMock(t *testing.T) (*sql.DB, sqlmock.Sqlmock) {
	t.Helper()
	mockDB, mock, err := sqlmock.NewWithDSN(t.Name(),
		sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual),
		sqlmock.ValueConverterOption(passThrough{}),
		sqlmock.MonitorPingsOption(false))
	if err != nil {
		t.Fatal(err)
	}
	d, err := WrapDriver(mockDB.Driver(), usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.(driver.DriverContext).OpenConnector(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := mock.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
		mock.ExpectClose()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		// Last: the mock forgets its DSN when nobody is connected.
		mock.ExpectClose()
		if err := mockDB.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, mock
}

// rewrittenFor returns what PostgreSQL should receive for query.
func rewrittenFor(t *testing.T, ctx context.Context, query string) string {
	t.Helper()
	r, err := NewRewriter(usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.Rewrite(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const (
	deleteOne     = "DELETE FROM users WHERE id = $1"
	deleteOneSoft = "UPDATE users SET deleted_at = now() WHERE users.deleted_at IS NULL AND (id = $1)"
	selectAll     = "SELECT * FROM users"
	selectAllLive = "SELECT * FROM users WHERE users.deleted_at IS NULL"
)

func rowsOf(n int) *sqlmock.Rows { return sqlmock.NewRows([]string{"id"}).AddRow(n) }

// query reads the one value that a query returns.
func query(t *testing.T, rows *sql.Rows, err error) int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal("no row", rows.Err())
	}
	var n int
	if err := rows.Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStatementsAreRewritten(t *testing.T) {
	db, mock := openMock(t)
	ctx := t.Context()

	mock.ExpectExec(deleteOneSoft).WithArgs(7).WillReturnResult(sqlmock.NewResult(0, 3))
	res, err := db.ExecContext(ctx, deleteOne, 7)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n != 3 || err != nil {
		t.Errorf("RowsAffected() = %d, %v; want the parent's 3", n, err)
	}

	mock.ExpectQuery(selectAllLive).WillReturnRows(rowsOf(5))
	rows, err := db.QueryContext(ctx, selectAll)
	if n := query(t, rows, err); n != 5 {
		t.Errorf("the query returned %d, want the parent's 5", n)
	}

	mock.ExpectBegin()
	mock.ExpectExec(deleteOneSoft).WithArgs(8).WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectRollback()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, deleteOne, 8); err != nil {
		t.Error(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}

	mock.ExpectPrepare(deleteOneSoft).WillBeClosed().ExpectExec().WithArgs(9).WillReturnResult(sqlmock.NewResult(0, 1))
	s, err := db.PrepareContext(ctx, deleteOne)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ExecContext(ctx, 9); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestOtherStatementsArriveAsWritten(t *testing.T) {
	db, mock := openMock(t)
	const text = "/* hint */ SELECT  a.id FROM accounts AS a\n WHERE a.id = $1; -- trailing"
	mock.ExpectQuery(text).WithArgs(1).WillReturnRows(rowsOf(1))
	rows, err := db.QueryContext(t.Context(), text, 1)
	query(t, rows, err)
}

func TestScopes(t *testing.T) {
	db, mock := openMock(t)
	plain := t.Context()
	seen := map[string]string{}
	for name, ctx := range map[string]context.Context{
		"live":         plain,
		"with deleted": WithDeleted(plain),
		"only deleted": OnlyDeleted(plain),
		"hard delete":  HardDelete(plain),
	} {
		want := rewrittenFor(t, ctx, selectAll)
		mock.ExpectQuery(want).WillReturnRows(rowsOf(1))
		rows, err := db.QueryContext(ctx, selectAll)
		query(t, rows, err)
		seen[name] = want
	}
	mock.ExpectExec(deleteOne).WithArgs(1).WillReturnResult(sqlmock.NewResult(0, 1))
	if _, err := db.ExecContext(HardDelete(plain), deleteOne, 1); err != nil {
		t.Error(err)
	}
	mock.ExpectExec(deleteOneSoft).WithArgs(1).WillReturnResult(sqlmock.NewResult(0, 1))
	if _, err := db.ExecContext(plain, deleteOne, 1); err != nil {
		t.Error(err)
	}
	if seen["live"] != selectAllLive || seen["with deleted"] != selectAll {
		t.Errorf("the scopes read with %q", seen)
	}
	if only := seen["only deleted"]; only == selectAll || only == selectAllLive {
		t.Errorf("OnlyDeleted reads with %q", only)
	}
}

func TestRefusedStatementsAreNotSent(t *testing.T) {
	db := &fakeDB{}
	pool := db.open(t)
	pc, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	db.take()
	const broken = "SELECT * FROM users WHERE WHERE"
	refused := func(what string, err error) {
		t.Helper()
		if _, ok := err.(*RefusedError); !ok || !errors.Is(err, ErrRefused) || !errors.Is(err, ErrParse) {
			t.Errorf("%s gives %T %v, want a *RefusedError of kind ErrParse", what, err, err)
		}
	}
	_, err = pc.ExecContext(t.Context(), broken)
	refused("Exec", err)
	_, err = pc.QueryContext(t.Context(), broken)
	refused("Query", err)
	_, err = pc.PrepareContext(t.Context(), broken)
	refused("Prepare", err)
	wantCalls(t, db)
}

// errorOfParent is what an application asserts without unwrapping.
type errorOfParent struct{ code string }

func (e *errorOfParent) Error() string { return e.code }

func TestErrorsAreTheParentsOwn(t *testing.T) {
	parentErr := &errorOfParent{"42"}
	for what, run := range map[string]func(context.Context, *conn) error{
		"exec": func(ctx context.Context, c *conn) error {
			_, err := c.ExecContext(ctx, deleteOne, nil)
			return err
		},
		"query": func(ctx context.Context, c *conn) error {
			_, err := c.QueryContext(ctx, selectAll, nil)
			return err
		},
		"prepare": func(ctx context.Context, c *conn) error {
			_, err := c.PrepareContext(ctx, selectAll)
			return err
		},
		"stmt exec": func(ctx context.Context, c *conn) error {
			s, err := c.PrepareContext(ctx, deleteOne)
			if err != nil {
				return err
			}
			_, err = s.(*stmt).ExecContext(ctx, nil)
			return err
		},
		"stmt query": func(ctx context.Context, c *conn) error {
			s, err := c.PrepareContext(ctx, selectAll)
			if err != nil {
				return err
			}
			_, err = s.(*stmt).QueryContext(ctx, nil)
			return err
		},
		"stmt close": func(ctx context.Context, c *conn) error {
			s, err := c.PrepareContext(ctx, selectAll)
			if err != nil {
				return err
			}
			return s.Close()
		},
		"begin": func(ctx context.Context, c *conn) error {
			_, err := c.BeginTx(ctx, driver.TxOptions{})
			return err
		},
		"ping":          func(ctx context.Context, c *conn) error { return c.Ping(ctx) },
		"reset session": func(ctx context.Context, c *conn) error { return c.ResetSession(ctx) },
		"close":         func(_ context.Context, c *conn) error { return c.Close() },
	} {
		t.Run(what, func(t *testing.T) {
			db := &fakeDB{fail: failOn("conn1 "+what, parentErr)}
			if err := run(t.Context(), db.conn(t)); err != error(parentErr) {
				t.Errorf("got %T %v, want the parent's own error", err, err)
			}
		})
	}
}

func TestPositionIsMappedBack(t *testing.T) {
	const text = "DELETE FROM users WHERE nosuch = $1"
	sent := rewrittenFor(t, t.Context(), text)
	inSent, inText := strings.Index(sent, "nosuch")+1, strings.Index(text, "nosuch")+1
	if inSent == inText {
		t.Fatalf("the rewrite %q does not move the word", sent)
	}
	for _, wrapped := range []bool{false, true} {
		for call, run := range map[string]func(*conn) error{
			"conn1 exec": func(c *conn) error {
				_, err := c.ExecContext(t.Context(), text, nil)
				return err
			},
			"conn1 query": func(c *conn) error {
				_, err := c.QueryContext(t.Context(), text, nil)
				return err
			},
			"conn1 prepare": func(c *conn) error {
				_, err := c.PrepareContext(t.Context(), text)
				return err
			},
			"conn1 stmt exec": func(c *conn) error {
				s, err := c.PrepareContext(t.Context(), text)
				if err != nil {
					return err
				}
				_, err = s.(*stmt).ExecContext(t.Context(), nil)
				return err
			},
			"conn1 stmt query": func(c *conn) error {
				s, err := c.PrepareContext(t.Context(), text)
				if err != nil {
					return err
				}
				_, err = s.(*stmt).QueryContext(t.Context(), nil)
				return err
			},
		} {
			pgErr := &pgconn.PgError{Code: "42703", Position: int32(inSent)}
			parentErr := error(pgErr)
			if wrapped {
				parentErr = fmt.Errorf("prepare: %w", pgErr)
			}
			db := &fakeDB{fail: failOn(call, parentErr)}
			if err := run(db.conn(t)); err != parentErr {
				t.Errorf("%s: got %v, want the parent's own error", call, err)
			}
			if int(pgErr.Position) != inText {
				t.Errorf("%s: position %d, want %d", call, pgErr.Position, inText)
			}
		}
	}
	t.Run("no position", func(t *testing.T) {
		pgErr := &pgconn.PgError{Code: "23505"}
		if _, err := (&fakeDB{fail: failOn("exec", pgErr)}).conn(t).ExecContext(t.Context(), text, nil); err != error(pgErr) || pgErr.Position != 0 {
			t.Errorf("got %v at %d", err, pgErr.Position)
		}
	})
}

// After ErrSkip database/sql prepares the original text.
func TestErrSkip(t *testing.T) {
	db := &fakeDB{fail: failOnConnExec(driver.ErrSkip)}
	pool := db.open(t)
	if _, err := pool.ExecContext(t.Context(), deleteOne, int64(1)); err != nil {
		t.Error(err)
	}
	rows, err := pool.QueryContext(t.Context(), selectAll)
	query(t, rows, err)
	wantCalls(t, db,
		"connect",
		"conn1 check 1 1",
		"conn1 exec "+deleteOneSoft+" [{ 1 1}]",
		"conn1 prepare "+deleteOneSoft,
		"conn1 stmt check 1 1",
		"conn1 stmt exec "+deleteOneSoft+" [{ 1 1}]",
		"conn1 stmt close "+deleteOneSoft,
		"conn1 is valid",
		"conn1 reset session",
		"conn1 query "+selectAllLive+" []",
		"conn1 prepare "+selectAllLive,
		"conn1 stmt query "+selectAllLive+" []",
		"conn1 stmt close "+selectAllLive,
		"conn1 is valid",
	)
}

// After ErrBadConn database/sql submits the original text on other connections.
func TestErrBadConn(t *testing.T) {
	db := &fakeDB{}
	db.fail = func(call string) error {
		if strings.Contains(call, "exec") && !strings.HasPrefix(call, "conn3 ") {
			return driver.ErrBadConn
		}
		return nil
	}
	if _, err := db.open(t).ExecContext(t.Context(), deleteOne, int64(1)); err != nil {
		t.Error(err)
	}
	wantCalls(t, db,
		"connect", "conn1 check 1 1", "conn1 exec "+deleteOneSoft+" [{ 1 1}]", "conn1 close",
		"connect", "conn2 check 1 1", "conn2 exec "+deleteOneSoft+" [{ 1 1}]", "conn2 close",
		"connect", "conn3 check 1 1", "conn3 exec "+deleteOneSoft+" [{ 1 1}]", "conn3 is valid",
	)
}

func TestPreparedStatementHasTheScopeThatExecutesIt(t *testing.T) {
	plain := t.Context()
	only := OnlyDeleted(plain)
	live, deleted := selectAllLive, rewrittenFor(t, only, selectAll)

	t.Run("on one connection", func(t *testing.T) {
		db := &fakeDB{}
		pool := db.open(t)
		pool.SetMaxOpenConns(1)
		s, err := pool.PrepareContext(only, selectAll)
		if err != nil {
			t.Fatal(err)
		}
		for _, ctx := range []context.Context{plain, only, plain} {
			rows, err := s.QueryContext(ctx)
			query(t, rows, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wantCalls(t, db,
			"connect",
			"conn1 prepare "+deleted,
			"conn1 is valid", "conn1 reset session",
			"conn1 prepare "+live, "conn1 stmt query "+live+" []",
			"conn1 is valid", "conn1 reset session",
			"conn1 stmt query "+deleted+" []",
			"conn1 is valid", "conn1 reset session",
			"conn1 stmt query "+live+" []",
			"conn1 is valid",
			"conn1 stmt close "+deleted, "conn1 stmt close "+live,
		)
	})

	t.Run("on another connection", func(t *testing.T) {
		db := &fakeDB{}
		pool := db.open(t)
		s, err := pool.PrepareContext(only, selectAll)
		if err != nil {
			t.Fatal(err)
		}
		busy, err := pool.Conn(plain)
		if err != nil {
			t.Fatal(err)
		}
		defer busy.Close()
		db.take()
		rows, err := s.QueryContext(plain)
		query(t, rows, err)
		wantCalls(t, db,
			"connect",
			"conn2 prepare "+live, "conn2 stmt query "+live+" []",
			"conn2 is valid",
		)
	})

	t.Run("an equal text is prepared once", func(t *testing.T) {
		db := &fakeDB{}
		c := db.conn(t)
		s, err := c.PrepareContext(plain, "SELECT 1 FROM accounts")
		if err != nil {
			t.Fatal(err)
		}
		db.take()
		if _, err := s.(*stmt).QueryContext(only, nil); err != nil {
			t.Fatal(err)
		}
		wantCalls(t, db, "conn1 stmt query SELECT 1 FROM accounts []")
	})

	t.Run("without a context the scope is the default", func(t *testing.T) {
		db := &fakeDB{}
		s, err := db.conn(t).PrepareContext(HardDelete(plain), deleteOne)
		if err != nil {
			t.Fatal(err)
		}
		db.take()
		if _, err := s.Exec([]driver.Value{int64(1)}); err != nil {
			t.Fatal(err)
		}
		wantCalls(t, db, "conn1 prepare "+deleteOneSoft, "conn1 stmt exec "+deleteOneSoft+" [{ 1 1}]")
	})

	t.Run("what the executing scope refuses is not sent", func(t *testing.T) {
		db := &fakeDB{}
		const text = "DELETE FROM users"
		s, err := db.conn(t).PrepareContext(plain, text)
		if err != nil {
			t.Fatal(err)
		}
		db.take()
		if _, err := s.(*stmt).ExecContext(HardDelete(plain), nil); !errors.Is(err, ErrUnboundedHardDelete) {
			t.Errorf("got %v, want ErrUnboundedHardDelete", err)
		}
		wantCalls(t, db)
	})

	t.Run("a failing prepare is reported and tried again", func(t *testing.T) {
		no := errors.New("no")
		db := &fakeDB{}
		s, err := db.conn(t).PrepareContext(plain, selectAll)
		if err != nil {
			t.Fatal(err)
		}
		db.fail = failOn("prepare", no)
		if _, err := s.(*stmt).QueryContext(only, nil); err != no {
			t.Errorf("got %v, want the parent's own error", err)
		}
		db.fail = nil
		if _, err := s.(*stmt).QueryContext(only, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestPreparedTextsAreBounded(t *testing.T) {
	// Each of the tables makes a text of its own when it is the one that is
	// read with its deleted rows.
	const tables = maxOtherTexts + 3
	var p Policy
	var from []string
	for i := range tables {
		name := fmt.Sprintf("t%d", i)
		p.Tables = append(p.Tables, Table{Name: name})
		from = append(from, name)
	}
	text := "SELECT 1 FROM " + strings.Join(from, ", ")
	db := &fakeDB{}
	wrapped, err := WrapConnector(&fakeConnector{db: db}, p)
	if err != nil {
		t.Fatal(err)
	}
	c, err := wrapped.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Prepare(text)
	if err != nil {
		t.Fatal(err)
	}
	run := func(ctx context.Context) {
		t.Helper()
		if _, err := s.(*stmt).QueryContext(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	open := func() int {
		var n int
		for _, call := range db.calls {
			switch {
			case strings.Contains(call, "stmt close"):
				n--
			case strings.Contains(call, "prepare"):
				n++
			}
		}
		return n
	}
	kept := WithDeleted(t.Context(), "t0")
	for i := range tables {
		run(WithDeleted(t.Context(), fmt.Sprintf("t%d", i)))
		run(kept) // the most recently used but one
		run(t.Context())
	}
	if n := open(); n != maxOtherTexts+1 {
		t.Errorf("%d texts are prepared, want %d", n, maxOtherTexts+1)
	}
	before := len(db.calls)
	run(kept)
	run(t.Context())
	run(WithDeleted(t.Context(), fmt.Sprintf("t%d", tables-1)))
	for _, call := range db.calls[before:] {
		if strings.Contains(call, "prepare") {
			t.Errorf("a text in use was given up: %s", call)
		}
	}
	run(WithDeleted(t.Context(), "t1")) // given up meanwhile
	if last := db.calls[len(db.calls)-2]; !strings.Contains(last, "prepare") {
		t.Errorf("before the last call came %q, want a prepare", last)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := open(); n != 0 {
		t.Errorf("after Close %d texts are still prepared", n)
	}
}

func TestNamedArgs(t *testing.T) {
	const text = "DELETE FROM users WHERE id = @id"
	t.Run("are expanded before rewriting", func(t *testing.T) {
		db, mock := openMock(t)
		mock.ExpectExec(deleteOneSoft).WithArgs(7).WillReturnResult(sqlmock.NewResult(0, 1))
		mock.ExpectQuery("SELECT * FROM users WHERE users.deleted_at IS NULL AND (id = $1)").WithArgs(7).WillReturnRows(rowsOf(1))
		if _, err := db.ExecContext(t.Context(), text, pgx.NamedArgs{"id": 7}); err != nil {
			t.Error(err)
		}
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM users WHERE id = @id", pgx.StrictNamedArgs{"id": 7})
		query(t, rows, err)
	})
	t.Run("options stay first", func(t *testing.T) {
		db, mock := openMock(t)
		formats := pgx.QueryResultFormats{1}
		byOID := pgx.QueryResultFormatsByOID{23: 1}
		mock.ExpectExec(deleteOneSoft).WithArgs(pgx.QueryExecModeExec, 7).WillReturnResult(sqlmock.NewResult(0, 1))
		mock.ExpectExec(deleteOneSoft).WithArgs(pgx.QueryExecModeExec, formats, byOID, 7).WillReturnResult(sqlmock.NewResult(0, 1))
		if _, err := db.ExecContext(t.Context(), deleteOne, pgx.QueryExecModeExec, 7); err != nil {
			t.Error(err)
		}
		if _, err := db.ExecContext(t.Context(), text, pgx.QueryExecModeExec, formats, pgx.NamedArgs{"id": 7}, byOID); err != nil {
			t.Error(err)
		}
	})
	t.Run("a failing rewriter", func(t *testing.T) {
		db := &fakeDB{}
		c := db.conn(t)
		db.take()
		_, err := c.ExecContext(t.Context(), text, numbered([]driver.Value{pgx.StrictNamedArgs{}}))
		if err == nil || !strings.Contains(err.Error(), "argument id found in sql query but not present") {
			t.Errorf("got %v, want the rewriter's error", err)
		}
		wantCalls(t, db)
	})
	t.Run("whose value would be an option", func(t *testing.T) {
		for _, value := range []any{pgx.QueryExecModeExec, pgx.NamedArgs{"id": 7}} {
			db := &fakeDB{}
			c := db.conn(t)
			db.take()
			_, err := c.ExecContext(t.Context(), text, numbered([]driver.Value{pgx.NamedArgs{"id": value}}))
			if !errors.Is(err, ErrRefused) {
				t.Errorf("%T: got %v, want a refusal", value, err)
			}
			for _, call := range db.take() {
				if strings.HasPrefix(call, "conn1 exec") {
					t.Errorf("%T: sent: %s", value, call)
				}
			}
		}
	})
	t.Run("over a parent without pgx's freedom", func(t *testing.T) {
		for shape, want := range map[string][]string{
			"no NamedValueChecker": {"conn1 exec " + deleteOneSoft + " [{ 1 x}]"},
			"everything":           {"conn1 check 1 {x true}", "conn1 exec " + deleteOneSoft + " [{ 1 {x true}}]"},
		} {
			db := &fakeDB{shapeConn: connShapes[shape]}
			pc, err := db.open(t).Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			db.take()
			if _, err := pc.ExecContext(t.Context(), text, pgx.NamedArgs{"id": sql.NullString{String: "x", Valid: true}}); err != nil {
				t.Error(err)
			}
			wantCalls(t, db, want...)
			if shape == "no NamedValueChecker" {
				if _, err := pc.ExecContext(t.Context(), text, pgx.NamedArgs{"id": struct{}{}}); err == nil {
					t.Error("a struct is accepted as a value")
				}
			}
			wantCalls(t, db)
			if err := pc.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("on a prepared statement", func(t *testing.T) {
		db := &fakeDB{}
		pool := db.open(t)
		for _, text := range []string{deleteOne, "DELETE FROM users WHERE id = @id"} {
			s, err := pool.PrepareContext(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			db.take()
			_, err = s.ExecContext(t.Context(), pgx.NamedArgs{"id": 7})
			var refused *RefusedError
			if !errors.As(err, &refused) || !strings.Contains(refused.Why, "pgx.NamedArgs") || refused.Instead == "" {
				t.Errorf("got %v, want a refusal that says what to do", err)
			}
			for _, call := range db.take() {
				if strings.HasPrefix(call, "conn1 stmt exec") {
					t.Errorf("sent: %s", call)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		s, err := db.conn(t).Prepare(deleteOne)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Exec([]driver.Value{pgx.QueryExecModeExec, pgx.StrictNamedArgs{"id": 7}}); !errors.Is(err, ErrRefused) {
			t.Errorf("behind an option: got %v, want a refusal", err)
		}
		if _, err := s.Query([]driver.Value{pgx.StructArgs(struct{ ID int }{7})}); !errors.Is(err, ErrRefused) {
			t.Errorf("Query: got %v, want a refusal", err)
		}
	})
	// database/sql prepares, and passes the original arguments.
	t.Run("over a parent that skips", func(t *testing.T) {
		db := &fakeDB{fail: failOnConnExec(driver.ErrSkip)}
		_, err := db.open(t).ExecContext(t.Context(), text, pgx.NamedArgs{"id": 7})
		if !errors.Is(err, ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
		for _, call := range db.take() {
			if strings.Contains(call, "stmt exec") {
				t.Errorf("sent: %s", call)
			}
		}
	})
}

func TestRegister(t *testing.T) {
	if err := Register("softdelete-test", usersPolicy); err != nil {
		t.Fatal(err)
	}
	if err := Register("softdelete-test", usersPolicy); err == nil {
		t.Error("the same name twice gives no error")
	}
	if err := Register("pgx", usersPolicy); err == nil {
		t.Error("pgx's own name gives no error")
	}
	db, err := sql.Open("softdelete-test", "postgres://localhost/x")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	d, ok := db.Driver().(*wrappedDriver)
	if !ok {
		t.Fatalf("the registered driver is a %T", db.Driver())
	}
	if d.parent != stdlib.GetDefaultDriver() {
		t.Errorf("it is over a %T, want pgx's", d.parent)
	}
}

func TestInvalidPolicy(t *testing.T) {
	invalid := Policy{Tables: []Table{{}}}
	if err := Register("softdelete-test-invalid", invalid); err == nil {
		t.Error("Register gives no error")
	}
	if _, err := Open("", invalid); err == nil {
		t.Error("Open gives no error")
	}
	if _, err := WrapDriver(&fakeDriver{}, invalid); err == nil {
		t.Error("WrapDriver gives no error")
	}
	if _, err := WrapConnector(&fakeConnector{}, invalid); err == nil {
		t.Error("WrapConnector gives no error")
	}
}

func TestCacheSizeOption(t *testing.T) {
	db := &fakeDB{}
	for entries, cached := range map[int]bool{0: false, 10: true} {
		c := db.conn(t, CacheSize(entries))
		if _, err := c.ExecContext(t.Context(), deleteOne, nil); err != nil {
			t.Fatal(err)
		}
		if got := c.rewriter.cache.load(cacheKey{sql: deleteOne}) != nil; got != cached {
			t.Errorf("CacheSize(%d): cached %v, want %v", entries, got, cached)
		}
	}
}

// Each way of executing tells the session what was done, and asks it first.
func TestSessionHearsOfEveryExecution(t *testing.T) {
	ways := map[string]func(context.Context, *conn, string) error{
		"Exec": func(ctx context.Context, c *conn, text string) error {
			_, err := c.ExecContext(ctx, text, nil)
			return err
		},
		"Query": func(ctx context.Context, c *conn, text string) error {
			_, err := c.QueryContext(ctx, text, nil)
			return err
		},
		"Stmt.Exec": func(ctx context.Context, c *conn, text string) error {
			s, err := c.PrepareContext(ctx, text)
			if err != nil {
				return err
			}
			_, err = s.(*stmt).ExecContext(ctx, nil)
			return err
		},
		"Stmt.Query": func(ctx context.Context, c *conn, text string) error {
			s, err := c.PrepareContext(ctx, text)
			if err != nil {
				return err
			}
			_, err = s.(*stmt).QueryContext(ctx, nil)
			return err
		},
	}
	for name, run := range ways {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			no := errors.New("no")
			db := &fakeDB{fail: failOn("TEMP", no)}
			c := db.conn(t)
			const create = "CREATE TEMP TABLE users (id int)"
			if err := run(ctx, c, create); err != no {
				t.Fatalf("got %v, want the parent's own error", err)
			}
			if key := c.session.cacheKey(); key != "" {
				t.Errorf("the session remembers %q of what failed", key)
			}
			db.fail = nil
			if err := run(ctx, c, create); err != nil {
				t.Fatal(err)
			}
			if c.session.cacheKey() == "" {
				t.Error("the session does not know of the temporary table")
			}

			c = db.conn(t)
			if err := run(ctx, c, "PREPARE p AS SELECT * FROM users"); err != nil {
				t.Fatal(err)
			}
			db.take()
			if err := run(OnlyDeleted(ctx), c, "EXECUTE p"); !errors.Is(err, ErrRefused) {
				t.Errorf("EXECUTE under another scope gives %v, want a refusal", err)
			}
			wantCalls(t, db)
		})
	}
}
