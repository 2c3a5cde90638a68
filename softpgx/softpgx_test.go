package softpgx_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
	"github.com/softdelete-go/softdelete/softpgx"
)

func TestMain(m *testing.M) { pgtemp.Main(m) }

const tables = `
CREATE TABLE users (
	id int PRIMARY KEY, email text NOT NULL, name text, boss int REFERENCES users ON DELETE SET NULL%[1]s
);
CREATE UNIQUE INDEX users_email ON users (email)%[2]s;
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, total int%[1]s);
CREATE TABLE invoices (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders ON DELETE RESTRICT%[1]s);
CREATE TABLE cities (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'ann@x', 'Ann', NULL), (2, 'bob@x', 'Bob', 1), (3, 'cid@x', 'Cid', 1);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 6), (12, 2, 7);
INSERT INTO invoices VALUES (100, 12);
INSERT INTO cities VALUES (1, 'Rome');
`

var policy = softdelete.Policy{
	Discover: true,
	Journal:  true,
	Tables:   []softdelete.Table{{Name: "users", DeletionID: "deletion_id", OnBlocked: softdelete.Phoenix}},
}

// hard makes a database of real deletes, soft one for ours.
func hard(t *testing.T) string {
	dsn := pgtemp.NewDatabase(t)
	run(t, dsn, fmt.Sprintf(tables, "", ""))
	return dsn
}

func soft(t *testing.T) string {
	dsn := pgtemp.NewDatabase(t)
	run(t, dsn, fmt.Sprintf(tables, ", deleted_at timestamptz, deletion_id uuid", " WHERE deleted_at IS NULL")+softdelete.JournalDDL+softdelete.ArchiveDDL)
	return dsn
}

func run(t *testing.T, dsn, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dsn string, opts ...softdelete.Option) *softpgx.Pool {
	t.Helper()
	p, err := softpgx.New(t.Context(), dsn, policy, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func native(t *testing.T, dsn string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// db is what a pool, a connection and a transaction have in common.
type db interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, tableName pgx.Identifier, columnNames []string, rowSrc pgx.CopyFromSource) (int64, error)
	Begin(ctx context.Context) (pgx.Tx, error)
}

var (
	_ db = (*softpgx.Pool)(nil)
	_ db = (*softpgx.Conn)(nil)
	_ db = (*pgxpool.Pool)(nil)
	_ db = pgx.Tx(nil)
)

// The pool, and its connections, have every method of pgxpool's, with the same types but
// for the connection's own.
func TestMethodSets(t *testing.T) {
	for _, p := range []struct{ theirs, ours reflect.Type }{
		{reflect.TypeFor[*pgxpool.Pool](), reflect.TypeFor[*softpgx.Pool]()},
		{reflect.TypeFor[*pgxpool.Conn](), reflect.TypeFor[*softpgx.Conn]()},
	} {
		if p.theirs.NumMethod() == 0 {
			t.Errorf("%s has no methods", p.theirs)
		}
		for i := range p.theirs.NumMethod() {
			want := p.theirs.Method(i)
			got, ok := p.ours.MethodByName(want.Name)
			if !ok {
				t.Errorf("%s lacks %s", p.ours, want.Name)
				continue
			}
			if g, w := signature(got.Type), strings.ReplaceAll(signature(want.Type), "*pgxpool.Conn", "*softpgx.Conn"); g != w {
				t.Errorf("%s of %s is %s, want %s", want.Name, p.ours, g, w)
			}
		}
	}
}

// signature is that of a method, without its receiver.
func signature(m reflect.Type) string {
	var in, out []string
	for i := 1; i < m.NumIn(); i++ {
		in = append(in, m.In(i).String())
	}
	for i := range m.NumOut() {
		out = append(out, m.Out(i).String())
	}
	return fmt.Sprintf("(%s) (%s)", strings.Join(in, ", "), strings.Join(out, ", "))
}

// said is what a call answered: the rows, the command tag, or the class of the error.
func said(tag pgconn.CommandTag, rows [][]any, err error) string {
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &pgErr):
		return fmt.Sprintf("%s %s, %s %s at %d", pgErr.Code, pgErr.Message, pgErr.ConstraintName, pgErr.Detail, pgErr.Position)
	case err != nil:
		return err.Error()
	}
	return fmt.Sprintf("%v, %s", rows, tag)
}

func all(rows pgx.Rows, err error) (pgconn.CommandTag, [][]any, error) {
	if err != nil {
		return pgconn.CommandTag{}, nil, err
	}
	values, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
	return rows.CommandTag(), values, err
}

// script is what is done to both databases; each step once by Exec, and once by Query.
var script = []struct {
	sql  string
	args []any
}{
	{"SELECT id, name FROM users ORDER BY id", nil},
	{"SELECT u.name, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id < $1 ORDER BY 1, 2", []any{3}},
	{"UPDATE users SET name = $1 WHERE id = $2", []any{"Bobby", 2}},
	{"DELETE FROM users WHERE id = $1", []any{2}}, // its order has an invoice
	{"DELETE FROM users WHERE id = $1", []any{1}},
	{"DELETE FROM users WHERE id = $1", []any{1}},
	{"SELECT id, name, boss FROM users ORDER BY id", nil},
	{"SELECT count(*) FROM orders", nil},
	{"UPDATE users SET name = 'ghost' WHERE id = 1", nil},
	{"INSERT INTO orders VALUES (13, $1, 8)", []any{1}},
	{"INSERT INTO orders VALUES (13, $1, 8)", []any{3}},
	{"INSERT INTO orders VALUES (13, $1, 8)", []any{3}},
	{"INSERT INTO users (id, email, name) VALUES ($1, $2, $3)", []any{1, "ann@x", "Ann anew"}},
	{"INSERT INTO users (id, email) VALUES (4, 'ann@x') ON CONFLICT (email) DO UPDATE SET name = 'twice' RETURNING id, name", nil},
	{"INSERT INTO users (id, email) VALUES (4, 'ann@x') ON CONFLICT (email) DO NOTHING", nil},
	{"DELETE FROM orders WHERE user_id = $1 RETURNING id, total", []any{3}},
	{"WITH gone AS (DELETE FROM users WHERE id = 3 RETURNING id) SELECT * FROM gone", nil},
	{"SELECT nonsense FROM users", nil},
	{"SELECT 1 / (id - 2) FROM users WHERE id = $1", []any{2}},
	{"MERGE INTO users u USING (VALUES (1, 'Merged')) v (id, name) ON u.id = v.id WHEN MATCHED THEN UPDATE SET name = v.name", nil},
	{"TABLE cities", nil},
	{"DELETE FROM cities", nil},
}

func by(exec bool, d db, ctx context.Context, sql string, args ...any) string {
	if exec {
		tag, err := d.Exec(ctx, sql, args...)
		return said(tag, nil, err)
	}
	return said(all(d.Query(ctx, sql, args...)))
}

// Rows, command tags and errors are those of real deletes, in every mode of execution.
func TestEqualsRealDeletes(t *testing.T) {
	for _, mode := range modes {
		for _, exec := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/exec=%t", mode, exec), func(t *testing.T) {
				theirs, ours := native(t, inMode(hard(t), mode)), open(t, inMode(soft(t), mode))
				for _, s := range script {
					want, got := by(exec, theirs, t.Context(), s.sql, s.args...), by(exec, ours, t.Context(), s.sql, s.args...)
					if got != want {
						t.Errorf("%s\n got %s\nwant %s", s.sql, got, want)
					}
				}
				if s := ours.Stat(); s.AcquiredConns() != 0 {
					t.Errorf("%d connections are still acquired", s.AcquiredConns())
				}
			})
		}
	}
}

func stdlibDB(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
