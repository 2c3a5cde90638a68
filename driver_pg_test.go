package softdelete

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

// These tests need what only a server can say.

// usersDatabase returns the DSN of a database with users 1, 2 and 3, of which 3
// is deleted.
func usersDatabase(t *testing.T) string {
	t.Helper()
	dsn := pgtemp.NewDatabase(t)
	past := openPlain(t, dsn)
	if _, err := past.ExecContext(t.Context(), `
		CREATE TABLE users (id int PRIMARY KEY, name text, deleted_at timestamptz);
		INSERT INTO users VALUES (1, 'ann', NULL), (2, 'bob', NULL), (3, 'eve', now())`); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// openPlain opens dsn without the wrapper, to see what is really there.
func openPlain(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func openUsers(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := Open(dsn, usersPolicy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func withSetting(t *testing.T, dsn, name, value string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// ids reads a query of one integer column, sorted.
func ids(t *testing.T, ctx context.Context, db querier, query string, args ...any) []int {
	t.Helper()
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return scanIDs(t, rows)
}

func scanIDs(t *testing.T, rows *sql.Rows) []int {
	t.Helper()
	defer rows.Close()
	var out []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		out = append(out, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func wantIDs(t *testing.T, what string, got []int, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// wantUsers compares what is really in the table.
func wantUsers(t *testing.T, dsn string, live, deleted []int) {
	t.Helper()
	db := openPlain(t, dsn)
	wantIDs(t, "live rows", ids(t, t.Context(), db, "SELECT id FROM users WHERE deleted_at IS NULL"), live...)
	wantIDs(t, "deleted rows", ids(t, t.Context(), db, "SELECT id FROM users WHERE deleted_at IS NOT NULL"), deleted...)
}

func TestPostgresRoundTrip(t *testing.T) {
	if err := Register("softdelete-pg-test", usersPolicy); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(dsn string) (*sql.DB, error){
		"Open":     func(dsn string) (*sql.DB, error) { return Open(dsn, usersPolicy) },
		"Register": func(dsn string) (*sql.DB, error) { return sql.Open("softdelete-pg-test", dsn) },
		"Open with a registered configuration": func(dsn string) (*sql.DB, error) {
			config, err := pgx.ParseConfig(dsn)
			if err != nil {
				return nil, err
			}
			name := stdlib.RegisterConnConfig(config)
			t.Cleanup(func() { stdlib.UnregisterConnConfig(name) })
			return Open(name, usersPolicy)
		},
		"WrapConnector": func(dsn string) (*sql.DB, error) {
			config, err := pgx.ParseConfig(dsn)
			if err != nil {
				return nil, err
			}
			c, err := WrapConnector(stdlib.GetConnector(*config), usersPolicy)
			if err != nil {
				return nil, err
			}
			return sql.OpenDB(c), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := usersDatabase(t)
			db, err := open(dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			ctx := t.Context()
			res, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 1)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := res.RowsAffected(); n != 1 || err != nil {
				t.Errorf("RowsAffected() = %d, %v; want 1", n, err)
			}
			wantIDs(t, "live", ids(t, ctx, db, "SELECT id FROM users"), 2)
			wantIDs(t, "with deleted", ids(t, WithDeleted(ctx), db, "SELECT id FROM users"), 1, 2, 3)
			wantIDs(t, "only deleted", ids(t, OnlyDeleted(ctx), db, "SELECT id FROM users"), 1, 3)
			wantUsers(t, dsn, []int{2}, []int{1, 3})
			if _, err := db.ExecContext(HardDelete(ctx), "DELETE FROM users WHERE id = $1", 1); err != nil {
				t.Error(err)
			}
			wantUsers(t, dsn, []int{2}, []int{3})
		})
	}
}

func TestPostgresTransactions(t *testing.T) {
	dsn := usersDatabase(t)
	db := openUsers(t, dsn)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "DELETE FROM users"); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, "in the transaction", ids(t, t.Context(), tx, "SELECT id FROM users"))
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	wantUsers(t, dsn, []int{1, 2}, []int{3})

	readOnly, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelSerializable})
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Rollback()
	var isolation string
	if err := readOnly.QueryRowContext(t.Context(), "SHOW transaction_isolation").Scan(&isolation); err != nil || isolation != "serializable" {
		t.Errorf("isolation %q, %v; want serializable", isolation, err)
	}
	var pgErr *pgconn.PgError
	if _, err := readOnly.ExecContext(t.Context(), "DELETE FROM users"); !errors.As(err, &pgErr) || pgErr.Code != "25006" {
		t.Errorf("a delete in a read-only transaction gives %v, want 25006", err)
	}
}

// pgx expands @id after the wrapper, and "id = @id" is valid SQL: every row
// would go.
func TestPostgresNamedArgs(t *testing.T) {
	for name, args := range map[string][]any{
		"NamedArgs":       {pgx.NamedArgs{"id": 1}},
		"StrictNamedArgs": {pgx.StrictNamedArgs{"id": 1}},
		"StructArgs": {pgx.StructArgs(struct {
			ID int `db:"id"`
		}{1})},
		"behind an option": {pgx.QueryExecModeExec, pgx.NamedArgs{"id": 1}},
		"simple protocol":  {pgx.QueryExecModeSimpleProtocol, pgx.NamedArgs{"id": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := usersDatabase(t)
			db := openUsers(t, dsn)
			wantIDs(t, "query", ids(t, t.Context(), db, "SELECT id FROM users WHERE id = @id", args...), 1)
			if _, err := db.ExecContext(t.Context(), "DELETE FROM users WHERE id = @id", args...); err != nil {
				t.Fatal(err)
			}
			wantUsers(t, dsn, []int{2}, []int{1, 3})
		})
	}
	t.Run("a QueryRewriter is given the pgx connection", func(t *testing.T) {
		db := openUsers(t, usersDatabase(t))
		var rewriter connRewriter
		wantIDs(t, "query", ids(t, t.Context(), db, "any", &rewriter, 2), 2)
		if rewriter.conn == nil {
			t.Error("it got nil")
		}
	})
	t.Run("on a prepared statement", func(t *testing.T) {
		dsn := usersDatabase(t)
		s, err := openUsers(t, dsn).PrepareContext(t.Context(), "DELETE FROM users WHERE id = @id")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.ExecContext(t.Context(), pgx.NamedArgs{"id": 1}); !errors.Is(err, ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
		wantUsers(t, dsn, []int{1, 2}, []int{3})
	})
}

type connRewriter struct{ conn *pgx.Conn }

func (r *connRewriter) RewriteQuery(_ context.Context, c *pgx.Conn, _ string, args []any) (string, []any, error) {
	r.conn = c
	return "SELECT id FROM users WHERE id = $1", args, nil
}

func TestPostgresExecModes(t *testing.T) {
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			dsn := usersDatabase(t)
			db := openUsers(t, withSetting(t, dsn, "default_query_exec_mode", mode))
			ctx := t.Context()
			for range 2 { // the second time from pgx's cache, where it has one
				wantIDs(t, "live", ids(t, ctx, db, "SELECT id FROM users WHERE id > $1", 0), 1, 2)
				wantIDs(t, "only deleted", ids(t, OnlyDeleted(ctx), db, "SELECT id FROM users WHERE id > $1", 0), 3)
			}
			s, err := db.PrepareContext(ctx, "SELECT id FROM users WHERE id > $1")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for range 2 {
				for want, ctx := range map[int]context.Context{2: ctx, 3: OnlyDeleted(ctx)} {
					rows, err := s.QueryContext(ctx, 1)
					if err != nil {
						t.Fatal(err)
					}
					wantIDs(t, "prepared", scanIDs(t, rows), want)
				}
			}
			if _, err := db.ExecContext(ctx, "DELETE FROM users WHERE id = $1", 1); err != nil {
				t.Error(err)
			}
			wantUsers(t, dsn, []int{2}, []int{1, 3})
		})
	}
}

func TestPostgresPreparedStatementScopes(t *testing.T) {
	db := openUsers(t, usersDatabase(t))
	ctx := t.Context()
	s, err := db.PrepareContext(ctx, "SELECT id FROM users")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	read := func(ctx context.Context) []int {
		t.Helper()
		rows, err := s.QueryContext(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return scanIDs(t, rows)
	}
	wantIDs(t, "only deleted", read(OnlyDeleted(ctx)), 3)
	wantIDs(t, "live", read(ctx), 1, 2)
	wantIDs(t, "with deleted", read(WithDeleted(ctx)), 1, 2, 3)

	// Keep the connection that it was prepared on busy.
	busy, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	wantIDs(t, "only deleted, elsewhere", read(OnlyDeleted(ctx)), 3)
	wantIDs(t, "live, elsewhere", read(ctx), 1, 2)

	tx, err := busy.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	rows, err := tx.StmtContext(ctx, s).QueryContext(OnlyDeleted(ctx))
	if err != nil {
		t.Fatal(err)
	}
	wantIDs(t, "only deleted, in a transaction", scanIDs(t, rows), 3)
}

func TestPostgresClosedStatementLeavesNothingOnTheServer(t *testing.T) {
	db := openUsers(t, usersDatabase(t))
	db.SetMaxOpenConns(1)
	ctx := t.Context()
	onServer := func() []int {
		t.Helper()
		return ids(t, ctx, db, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT id FROM users%'")
	}
	s, err := db.PrepareContext(ctx, "SELECT id FROM users")
	if err != nil {
		t.Fatal(err)
	}
	for _, ctx := range []context.Context{ctx, OnlyDeleted(ctx), WithDeleted(ctx), ctx} {
		rows, err := s.QueryContext(ctx)
		if err != nil {
			t.Fatal(err)
		}
		scanIDs(t, rows)
	}
	wantIDs(t, "prepared texts", onServer(), 3)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wantIDs(t, "prepared texts after Close", onServer(), 0)
}

func TestPostgresErrorPosition(t *testing.T) {
	const text = "DELETE FROM users AS ü WHERE name = 'ö' AND nosuch = $1"
	want := int32(len([]rune(text[:strings.Index(text, "nosuch")])) + 1)
	db := openUsers(t, usersDatabase(t))
	check := func(what string, err error, want int32) {
		t.Helper()
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) || pgErr.Code != "42703" {
			t.Errorf("%s: got %v, want 42703", what, err)
		} else if pgErr.Position != want {
			t.Errorf("%s: position %d, want %d", what, pgErr.Position, want)
		}
	}
	_, err := db.ExecContext(t.Context(), text, 1)
	check("Exec", err, want)
	_, err = db.PrepareContext(t.Context(), text)
	check("Prepare", err, want)
	rows, err := db.QueryContext(t.Context(), text+" RETURNING id", 1)
	if err == nil {
		rows.Close()
	}
	check("Query", err, want)
	_, err = db.ExecContext(t.Context(), strings.Replace(text, "$1", "1", 1))
	check("Exec without arguments", err, want)
	// There the server counts in a text that only pgx has seen.
	_, err = db.ExecContext(t.Context(), text, pgx.QueryExecModeSimpleProtocol, 1)
	check("Exec with interpolated arguments", err, 0)

	_, err = db.ExecContext(t.Context(), "DELETE FROM users WHERE nosuch = 1")
	if _, ok := err.(*pgconn.PgError); !ok {
		t.Errorf("the error is a %T, want pgx's *pgconn.PgError itself", err)
	}
}

func TestPostgresSeveralStatementsAreOneTransaction(t *testing.T) {
	dsn := usersDatabase(t)
	db := openUsers(t, dsn)
	var pgErr *pgconn.PgError
	_, err := db.ExecContext(t.Context(), "DELETE FROM users WHERE id = 1; SELECT 1/0")
	if !errors.As(err, &pgErr) || pgErr.Code != "22012" {
		t.Errorf("got %v, want 22012", err)
	}
	wantUsers(t, dsn, []int{1, 2}, []int{3})
	if _, err := db.ExecContext(t.Context(), "DELETE FROM users WHERE id = 1; DELETE FROM users WHERE id = 2"); err != nil {
		t.Error(err)
	}
	wantUsers(t, dsn, nil, []int{1, 2, 3})
}

// A rollback takes a temporary table without a word to the session, and the name
// means the policy table again.
func TestPostgresTemporaryTableGoneWithItsTransaction(t *testing.T) {
	for name, rollback := range map[string]func(*sql.Tx) error{
		"Rollback":       (*sql.Tx).Rollback,
		"ON COMMIT DROP": (*sql.Tx).Commit,
	} {
		t.Run(name, func(t *testing.T) {
			dsn := usersDatabase(t)
			db := openUsers(t, dsn)
			db.SetMaxOpenConns(1)
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.ExecContext(t.Context(), "CREATE TEMP TABLE users (id int) ON COMMIT DROP"); err != nil {
				t.Fatal(err)
			}
			if err := rollback(tx); err != nil {
				t.Fatal(err)
			}
			var pgErr *pgconn.PgError
			if _, err := db.ExecContext(t.Context(), "DELETE FROM users WHERE id = 1"); !errors.As(err, &pgErr) || pgErr.Code != "42P01" {
				t.Errorf("got %v, want 42P01", err)
			}
			wantUsers(t, dsn, []int{1, 2}, []int{3})
			if _, err := db.ExecContext(t.Context(), "DELETE FROM users WHERE id = 1"); err != nil {
				t.Error(err)
			}
			wantUsers(t, dsn, []int{2}, []int{1, 3})
		})
	}
}

func TestPostgresUnwrap(t *testing.T) {
	db := openUsers(t, usersDatabase(t))
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(driverConn any) error {
		pc, ok := Unwrap(driverConn).(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("Unwrap gives a %T", Unwrap(driverConn))
		}
		// CopyFrom and the like go past the policy, as documented.
		n, err := pc.Conn().CopyFrom(t.Context(), pgx.Identifier{"users"}, []string{"id"}, pgx.CopyFromRows([][]any{{4}}))
		if err != nil || n != 1 {
			return fmt.Errorf("CopyFrom: %d, %w", n, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	wantIDs(t, "live", ids(t, t.Context(), db, "SELECT id FROM users"), 1, 2, 4)
}

// rawWrapper stands between the wrapper and pgx, like a tracing driver.
type rawWrapper struct{ *stdlib.Conn }

func (w rawWrapper) Raw() driver.Conn { return w.Conn }

type rawConnector struct{ driver.Connector }

func (c rawConnector) Connect(ctx context.Context) (driver.Conn, error) {
	dc, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return rawWrapper{dc.(*stdlib.Conn)}, nil
}

// Where a string literal ends must not be a matter of opinion: with
// standard_conforming_strings off, the server reads '\' AND id = 1 OR name = '
// as one literal.
func TestPostgresLexerSettings(t *testing.T) {
	dsn := usersDatabase(t)
	for setting, value := range map[string]string{
		"standard_conforming_strings": "off",
		"client_encoding":             "LATIN1",
	} {
		t.Run(setting, func(t *testing.T) {
			config, err := pgx.ParseConfig(withSetting(t, dsn, setting, value))
			if err != nil {
				t.Fatal(err)
			}
			viaWrapper, err := WrapConnector(rawConnector{stdlib.GetConnector(*config)}, usersPolicy)
			if err != nil {
				t.Fatal(err)
			}
			overWrapper := sql.OpenDB(viaWrapper)
			defer overWrapper.Close()
			for name, db := range map[string]*sql.DB{
				"pgx":           openUsers(t, withSetting(t, dsn, setting, value)),
				"a pgx wrapper": overWrapper,
			} {
				refused := func(what string, err error) {
					t.Helper()
					if _, ok := err.(*RefusedError); !ok || !strings.Contains(err.Error(), setting) {
						t.Errorf("over %s, %s gives %v, want a refusal", name, what, err)
					}
				}
				_, err := db.ExecContext(t.Context(), "DELETE FROM users")
				refused("Exec", err)
				_, err = db.QueryContext(t.Context(), "SELECT 1")
				refused("Query", err)
				_, err = db.PrepareContext(t.Context(), "SELECT 1")
				refused("Prepare", err)
			}
		})
	}
	t.Run("changed later, on a prepared statement", func(t *testing.T) {
		db := openUsers(t, dsn)
		db.SetMaxOpenConns(1)
		s, err := db.PrepareContext(t.Context(), "DELETE FROM users")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Raw(func(driverConn any) error {
			_, err := Unwrap(driverConn).(*stdlib.Conn).Conn().Exec(t.Context(), "SET standard_conforming_strings = off")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ExecContext(t.Context()); !errors.Is(err, ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
	})
	wantUsers(t, dsn, []int{1, 2}, []int{3})
}

// Neither a failed text nor pgx's own statements give EXECUTE a statement of
// another scope: PREPARE is not undone with its transaction, and the names in
// pgx's cache can be computed.
func TestPostgresExecuteStaysInItsScope(t *testing.T) {
	dsn := usersDatabase(t)
	db := openUsers(t, dsn)
	ctx := t.Context()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(WithDeleted(ctx), "PREPARE p AS SELECT count(*) FROM users; SELECT 1/0"); err == nil {
		t.Fatal("1/0 went through")
	}
	if _, err := conn.ExecContext(ctx, "EXECUTE p"); !errors.Is(err, ErrRefused) {
		t.Errorf("what a failed text prepared under another scope: %v", err)
	}
	if _, err := conn.ExecContext(HardDelete(ctx), "DELETE FROM users WHERE id = $1", 999); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := conn.QueryRowContext(ctx, "SELECT name FROM pg_prepared_statements WHERE statement LIKE 'DELETE%'").Scan(&name); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "EXECUTE "+name+"(1)"); !errors.Is(err, ErrRefused) {
		t.Errorf("pgx's statement of a hard delete: %v", err)
	}
	if _, err := conn.ExecContext(ctx, "PREPARE q AS SELECT count(*) FROM users"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "EXECUTE q"); err != nil {
		t.Errorf("under the scope that prepared it: %v", err)
	}
	if _, err := conn.ExecContext(OnlyDeleted(ctx), "EXECUTE q"); !errors.Is(err, ErrRefused) {
		t.Errorf("under another scope: %v", err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(WithDeleted(ctx), "DECLARE c CURSOR FOR SELECT id FROM users"); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, "FETCH ALL FROM c"); !errors.Is(err, ErrRefused) {
		t.Errorf("a cursor of another scope: %v", err)
	}
	if _, err := tx.ExecContext(WithDeleted(ctx), "FETCH ALL FROM c"); err != nil {
		t.Errorf("a cursor under its scope: %v", err)
	}
}

// In a database of a single-byte encoding the server folds letters beyond ASCII
// that the parser leaves alone, so that GRÖSSE could be a policy table unseen.
func TestPostgresFoldingBeyondASCII(t *testing.T) {
	dsn := usersDatabase(t)
	plain := openPlain(t, dsn)
	const name = "softdelete_latin1"
	if _, err := plain.Exec("CREATE DATABASE " + name + " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := plain.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Database = name
	cfg.RuntimeParams["client_encoding"] = "UTF8"
	latin := stdlib.RegisterConnConfig(cfg)
	defer stdlib.UnregisterConnConfig(latin)
	db := openUsers(t, latin)
	if _, err := db.Exec("CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, \"Größe\" int)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("DELETE FROM GRÖßE WHERE id = 1"); !errors.Is(err, ErrRefused) {
		t.Errorf("an unquoted name beyond ASCII: %v", err)
	}
	if _, err := db.Exec(`SELECT "Größe", 'ä' FROM users`); err != nil {
		t.Errorf("its twin, quoted: %v", err)
	}
}

// A PREPARE that fails alone has done nothing: what the name meant, it means.
func TestPostgresFailedPrepareForgetsNothing(t *testing.T) {
	db := openUsers(t, usersDatabase(t))
	ctx := t.Context()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PREPARE p AS SELECT count(*) FROM users"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "PREPARE p AS SELECT count(*) FROM users"); err == nil {
		t.Fatal("the name was free")
	}
	if _, err := conn.ExecContext(ctx, "EXECUTE p"); err != nil {
		t.Errorf("after a PREPARE that failed: %v", err)
	}
	// A cursor ends with its transaction, and so does what is remembered of it.
	if _, err := conn.ExecContext(WithDeleted(ctx), "BEGIN; DECLARE c CURSOR FOR SELECT id FROM users; COMMIT"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "BEGIN; DECLARE c CURSOR FOR SELECT id FROM users"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "FETCH ALL FROM c"); err != nil {
		t.Errorf("the new cursor: %v", err)
	}
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
}
