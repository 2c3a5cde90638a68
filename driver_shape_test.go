package softdelete

//lint:file-ignore SA1019 the wrapper forwards the interfaces that older drivers still have

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Whatever the parent lacks, database/sql must get on with the wrapper exactly
// as it would with the parent: every call that reaches the parent, every result
// and every error is compared with those without the wrapper in between.
func TestWrapperBehavesLikeTheParent(t *testing.T) {
	for connName, shapeConn := range connShapes {
		for stmtName, shapeStmt := range stmtShapes {
			t.Run("conn "+connName+"/stmt "+stmtName, func(t *testing.T) {
				for _, failure := range []struct {
					name string
					fail func(string) error
				}{
					{"all goes well", nil},
					{"ErrSkip from the connection", failOnConnExec(driver.ErrSkip)},
					{"an error from everything that executes", func(call string) error {
						if strings.Contains(call, "exec") || strings.Contains(call, "query") {
							return errors.New("no")
						}
						return nil
					}},
					{"every prepare fails", func(call string) error {
						if strings.Contains(call, "prepare") {
							return errors.New("no")
						}
						return nil
					}},
					{"every connection is bad when reused", failOn("reset session", driver.ErrBadConn)},
					{"every connection is invalid", failOn("is valid", errors.New("invalid"))},
					{"checkers pass", failOn(" check ", driver.ErrSkip)},
					{"checkers fail", failOn(" check ", errors.New("no such type"))},
					{"converters fail", failOn(" convert ", errors.New("no such type"))},
					{"ping fails", failOn("ping", errors.New("no"))},
					{"begin fails", failOn("begin", errors.New("no"))},
					{"close fails", failOn("close", errors.New("no"))},
				} {
					with := func(wrap bool) (*fakeDB, *sql.DB) {
						db := &fakeDB{shapeConn: shapeConn, shapeStmt: shapeStmt, fail: failure.fail}
						if wrap {
							return db, db.open(t)
						}
						return db, sql.OpenDB(&fakeConnector{db: db})
					}
					plainDB, plain := with(false)
					ourDB, ours := with(true)
					want, got := everyOperation(t, plain), everyOperation(t, ours)
					if !slices.Equal(got, want) {
						t.Errorf("%s: results\n\t%s\nwithout the wrapper\n\t%s",
							failure.name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
					}
					want, got = plainDB.take(), ourDB.take()
					if connName == "no ExecerContext" || connName == "no QueryerContext" {
						// Of a parent that has one of the two, database/sql learns
						// too late that the other is missing: it has let the
						// connection check the arguments by then. That leads to
						// the same results, as seen above.
						want, got = withoutChecks(want), withoutChecks(got)
					}
					if len(want) == 0 {
						t.Fatalf("%s: nothing reached the parent", failure.name)
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s: the parent was called with\n\t%s\nwithout the wrapper\n\t%s",
							failure.name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
					}
				}
			})
		}
	}
}

// withoutChecks leaves out everything that comes before an execution, and what
// undoes it when a check fails.
func withoutChecks(calls []string) []string {
	return slices.DeleteFunc(calls, func(call string) bool {
		for _, part := range []string{" check ", " convert ", " prepare ", " stmt close "} {
			if strings.Contains(call, part) {
				return true
			}
		}
		return false
	})
}

func failOn(part string, err error) func(string) error {
	return func(call string) error {
		if strings.Contains(call, part) {
			return err
		}
		return nil
	}
}

func failOnConnExec(err error) func(string) error {
	return func(call string) error {
		if !strings.Contains(call, "stmt") && (strings.Contains(call, " exec ") || strings.Contains(call, " query ")) {
			return err
		}
		return nil
	}
}

// everyOperation calls everything that database/sql offers, with statements
// that the policy leaves alone, and describes the results.
func everyOperation(t *testing.T, db *sql.DB) []string {
	ctx := t.Context()
	var out []string
	note := func(name string, result any, err error) {
		text := fmt.Sprint(err)
		// The only sentences of ours that stand for database/sql's.
		text = strings.NewReplacer(
			"softdelete: the wrapped driver", "sql: driver",
			"isolation levels", "isolation level",
			"support named parameters", "support the use of Named Parameters",
		).Replace(text)
		out = append(out, fmt.Sprintf("%s: %v, %s", name, result, text))
	}
	affected := func(r sql.Result, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		return r.RowsAffected()
	}
	read := func(rows *sql.Rows, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		var values []int
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return nil, err
			}
			values = append(values, n)
		}
		return values, errors.Join(rows.Err(), rows.Close())
	}
	const text = "SELECT $1 FROM accounts"
	argLists := map[string][]any{
		"int":      {7},
		"Valuer":   {sql.NullString{String: "x", Valid: true}},
		"struct":   {struct{ n int }{1}},
		"option":   {fakeOption{}, "x"},
		"named":    {sql.Named("n", 1)},
		"too many": {1, 2},
	}
	argNames := make([]string, 0, len(argLists))
	for name := range argLists {
		argNames = append(argNames, name)
	}
	slices.Sort(argNames)

	note("ping", nil, db.PingContext(ctx))
	for _, name := range argNames {
		args := argLists[name]
		res, err := affected(db.ExecContext(ctx, text, args...))
		note("exec "+name, res, err)
		res, err = read(db.QueryContext(ctx, text, args...))
		note("query "+name, res, err)
	}
	if s, err := db.PrepareContext(ctx, text); err != nil {
		note("prepare", nil, err)
	} else {
		for _, name := range argNames {
			args := argLists[name]
			res, err := affected(s.ExecContext(ctx, args...))
			note("stmt exec "+name, res, err)
			res, err = read(s.QueryContext(ctx, args...))
			note("stmt query "+name, res, err)
		}
		note("stmt close", nil, s.Close())
	}
	for _, opts := range []*sql.TxOptions{nil, {ReadOnly: true}, {Isolation: sql.LevelSerializable}} {
		tx, err := db.BeginTx(ctx, opts)
		note(fmt.Sprintf("begin %+v", opts), nil, err)
		if err != nil {
			continue
		}
		res, err := affected(tx.ExecContext(ctx, text, 1))
		note("tx exec", res, err)
		note("commit", nil, tx.Commit())
	}
	if tx, err := db.BeginTx(ctx, nil); err == nil {
		note("rollback", nil, tx.Rollback())
	}
	note("close", nil, db.Close())
	return out
}

// database/sql itself looks at the context before it calls; the wrapper stands
// in its place in front of methods that know no context.
func TestLegacyParentIsNotCalledUnderACancelledContext(t *testing.T) {
	db := &fakeDB{
		shapeConn: connShapes["only legacy"],
		shapeStmt: stmtShapes["nothing optional"],
	}
	c := db.conn(t)
	s, err := c.PrepareContext(t.Context(), "SELECT 1 FROM accounts")
	if err != nil {
		t.Fatal(err)
	}
	db.take()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := c.ExecContext(ctx, "SELECT 1 FROM accounts", nil); err != context.Canceled {
		t.Errorf("Exec: %v", err)
	}
	if _, err := c.QueryContext(ctx, "SELECT 1 FROM accounts", nil); err != context.Canceled {
		t.Errorf("Query: %v", err)
	}
	if _, err := s.(*stmt).ExecContext(ctx, nil); err != context.Canceled {
		t.Errorf("Stmt.Exec: %v", err)
	}
	if _, err := s.(*stmt).QueryContext(ctx, nil); err != context.Canceled {
		t.Errorf("Stmt.Query: %v", err)
	}
	wantCalls(t, db)

	if _, err := c.PrepareContext(ctx, "SELECT 1 FROM accounts"); err != context.Canceled {
		t.Errorf("Prepare: %v", err)
	}
	wantCalls(t, db, "conn1 legacy prepare SELECT 1 FROM accounts", "conn1 stmt close SELECT 1 FROM accounts")
	if _, err := c.BeginTx(ctx, driver.TxOptions{}); err != context.Canceled {
		t.Errorf("Begin: %v", err)
	}
	wantCalls(t, db, "conn1 legacy begin", "conn1 rollback")
}

func TestMethodsWithoutContext(t *testing.T) {
	db := &fakeDB{}
	c := db.conn(t)
	db.take()
	values := []driver.Value{int64(1)}
	if _, err := c.Exec("SELECT 1 FROM accounts", values); err != nil {
		t.Error(err)
	}
	if _, err := c.Query("SELECT 2 FROM accounts", values); err != nil {
		t.Error(err)
	}
	s, err := c.Prepare("SELECT 3 FROM accounts")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Exec(values); err != nil {
		t.Error(err)
	}
	if _, err := s.Query(values); err != nil {
		t.Error(err)
	}
	if _, err := c.Begin(); err != nil {
		t.Error(err)
	}
	wantCalls(t, db,
		"conn1 exec SELECT 1 FROM accounts [{ 1 1}]",
		"conn1 query SELECT 2 FROM accounts [{ 1 1}]",
		"conn1 prepare SELECT 3 FROM accounts",
		"conn1 stmt exec SELECT 3 FROM accounts [{ 1 1}]",
		"conn1 stmt query SELECT 3 FROM accounts [{ 1 1}]",
		"conn1 begin {Isolation:0 ReadOnly:false}",
	)
}

func TestConnector(t *testing.T) {
	t.Run("Close is forwarded", func(t *testing.T) {
		db := &fakeDB{}
		c, err := WrapConnector(&fakeClosingConnector{fakeConnector{db}}, usersPolicy)
		if err != nil {
			t.Fatal(err)
		}
		if err := sql.OpenDB(c).Close(); err != nil {
			t.Error(err)
		}
		wantCalls(t, db, "connector close")
	})
	t.Run("a failing Close is reported", func(t *testing.T) {
		no := errors.New("no")
		db := &fakeDB{fail: failOn("connector close", no)}
		c, err := WrapConnector(&fakeClosingConnector{fakeConnector{db}}, usersPolicy)
		if err != nil {
			t.Fatal(err)
		}
		if err := sql.OpenDB(c).Close(); err != no {
			t.Errorf("got %v, want the connector's error", err)
		}
	})
	t.Run("without Close", func(t *testing.T) {
		if err := (&fakeDB{}).open(t).Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("errors of Connect are the parent's", func(t *testing.T) {
		no := errors.New("no")
		pool := (&fakeDB{fail: failOn("connect", no)}).open(t)
		if err := pool.PingContext(t.Context()); err != no {
			t.Errorf("got %v, want the connector's error", err)
		}
	})
	t.Run("its driver opens wrapped connections", func(t *testing.T) {
		db := &fakeDB{}
		dc, err := db.open(t).Driver().Open("dsn")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := dc.(*conn); !ok {
			t.Errorf("Driver().Open gives a %T", dc)
		}
	})
}

func TestWrapDriver(t *testing.T) {
	for name, test := range map[string]struct {
		wrap func(*fakeDB) driver.Driver
		want []string
	}{
		"with DriverContext": {
			func(db *fakeDB) driver.Driver { return &fakeContextDriver{fakeDriver{db}} },
			[]string{"driver open connector dsn", "connect", "conn1 ping", "conn1 is valid", "conn1 close"},
		},
		"without DriverContext": {
			func(db *fakeDB) driver.Driver { return &fakeDriver{db} },
			[]string{"driver open dsn", "conn1 ping", "conn1 is valid", "conn1 close"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := &fakeDB{}
			d, err := WrapDriver(test.wrap(db), usersPolicy)
			if err != nil {
				t.Fatal(err)
			}
			c, err := d.(driver.DriverContext).OpenConnector("dsn")
			if err != nil {
				t.Fatal(err)
			}
			if c.Driver() != d {
				t.Errorf("the connector's driver is %v, not the wrapped one", c.Driver())
			}
			pool := sql.OpenDB(c)
			if err := pool.PingContext(t.Context()); err != nil {
				t.Error(err)
			}
			if err := pool.Close(); err != nil {
				t.Error(err)
			}
			wantCalls(t, db, test.want...)
		})
	}
	t.Run("errors are the parent's", func(t *testing.T) {
		no := errors.New("no")
		d, err := WrapDriver(&fakeContextDriver{fakeDriver{&fakeDB{fail: func(string) error { return no }}}}, usersPolicy)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Open("dsn"); err != no {
			t.Errorf("Open: %v", err)
		}
		if _, err := d.(driver.DriverContext).OpenConnector("dsn"); err != no {
			t.Errorf("OpenConnector: %v", err)
		}
	})
	t.Run("nil", func(t *testing.T) {
		if _, err := WrapDriver(nil, usersPolicy); err == nil {
			t.Error("WrapDriver(nil) gives no error")
		}
		if _, err := WrapConnector(nil, usersPolicy); err == nil {
			t.Error("WrapConnector(nil) gives no error")
		}
	})
}

func TestRowsAndTxAreTheParents(t *testing.T) {
	rows := &fakeRows{}
	db := &fakeDB{rows: rows}
	c := db.conn(t)
	if got, err := c.QueryContext(t.Context(), "SELECT 1", nil); err != nil || got != driver.Rows(rows) {
		t.Errorf("Query gives %T, %v; want the parent's rows", got, err)
	}
	s, err := c.PrepareContext(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.(*stmt).QueryContext(t.Context(), nil); err != nil || got != driver.Rows(rows) {
		t.Errorf("Stmt.Query gives %T, %v; want the parent's rows", got, err)
	}
	tx, err := c.BeginTx(t.Context(), driver.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := tx.(*fakeTx); !ok {
		t.Errorf("BeginTx gives a %T, want the parent's transaction", tx)
	}
}

func TestColumnConverterSeesItsColumn(t *testing.T) {
	db := &fakeDB{
		shapeConn: connShapes["no NamedValueChecker"],
		shapeStmt: stmtShapes["no NamedValueChecker"],
		convert:   func(v any) (driver.Value, error) { return fmt.Sprintf("<%v>", v), nil },
	}
	pool := db.open(t)
	s, err := pool.PrepareContext(t.Context(), "SELECT $1, $2 FROM accounts")
	if err != nil {
		t.Fatal(err)
	}
	db.take()
	if _, err := s.ExecContext(t.Context(), 1, "b"); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, db,
		"conn1 reset session",
		"conn1 stmt convert 0 1",
		"conn1 stmt convert 1 b",
		"conn1 stmt exec SELECT $1, $2 FROM accounts [{ 1 <1>} { 2 <b>}]",
		"conn1 is valid",
	)
}

func TestUnwrap(t *testing.T) {
	db := &fakeDB{}
	pc, err := db.open(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	if err := pc.Raw(func(driverConn any) error {
		if _, ok := Unwrap(driverConn).(*fakeConn); !ok {
			t.Errorf("Unwrap(%T) = %T, want the parent's connection", driverConn, Unwrap(driverConn))
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	for _, other := range []any{nil, 1, &fakeConn{}} {
		if got := Unwrap(other); got != other {
			t.Errorf("Unwrap(%v) = %v, want its argument", other, got)
		}
	}
}
