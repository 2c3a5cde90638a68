package softdelete_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete"
	"github.com/softdelete-go/softdelete/internal/pgtemp"
)

func explainRewriter(t *testing.T) *softdelete.Rewriter {
	t.Helper()
	r, err := softdelete.NewRewriter(observedPolicy)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var observedPolicy = softdelete.Policy{
	Journal: true,
	Tables:  []softdelete.Table{{Name: "users", DeletionID: "deletion_id", UpdatedAt: "updated_at"}, {Name: "orders", DeletionID: "deletion_id"}},
	ForeignKeys: []softdelete.ForeignKey{
		{Name: "fk", Table: "orders", Columns: []string{"user_id"}, RefTable: "users", RefColumns: []string{"id"}, OnDelete: softdelete.Cascade},
	},
}

const observedSchema = `
CREATE TABLE users (id int PRIMARY KEY, name text, updated_at timestamptz, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE orders (id int PRIMARY KEY, user_id int CONSTRAINT fk REFERENCES users ON DELETE CASCADE, deleted_at timestamptz, deletion_id uuid);
CREATE TABLE cities (id int);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO orders VALUES (1, 1);
`

func rules(steps []softdelete.Step) string {
	var names []string
	for _, s := range steps {
		names = append(names, strings.TrimSuffix(string(s.Rule)+" "+s.Table, " "))
	}
	return strings.Join(names, ", ")
}

func TestExplain(t *testing.T) {
	r := explainRewriter(t)
	for _, c := range []struct {
		sql     string
		scope   func(context.Context) context.Context
		outcome softdelete.Outcome
		rules   string
	}{
		{sql: "SELECT 1", outcome: softdelete.Unchanged},
		{sql: "SELECT * FROM cities", outcome: softdelete.Unchanged},
		{sql: "SELECT * FROM users", outcome: softdelete.Filtered, rules: "where users"},
		{sql: "SELECT * FROM users, orders, users u", outcome: softdelete.Filtered, rules: "where users, where orders"},
		{sql: "SELECT * FROM orders o LEFT JOIN users u ON true", outcome: softdelete.Filtered, rules: "where orders, join users"},
		{sql: "SELECT * FROM users AS u(a)", outcome: softdelete.Filtered, rules: "subselect users"},
		{sql: "COPY users TO STDOUT", outcome: softdelete.Filtered, rules: "copy users"},
		{sql: "DELETE FROM orders", outcome: softdelete.Rewritten, rules: "delete orders, where orders, journal"},
		{sql: "DELETE FROM users", outcome: softdelete.Rewritten, rules: "delete users, where users, cascade orders, journal"},
		{sql: "UPDATE users SET name = 'x'", outcome: softdelete.Rewritten, rules: "updated-at users, where users"},
		{sql: "INSERT INTO orders VALUES (1, 1)", outcome: softdelete.Rewritten, rules: "reference orders"},
		{sql: "INSERT INTO users VALUES (1) ON CONFLICT (id) DO NOTHING", outcome: softdelete.Rewritten, rules: "conflict-target users, conflict-guard users"},
		{sql: "DELETE FROM users WHERE id = 1", scope: func(ctx context.Context) context.Context { return softdelete.HardDelete(ctx) }, outcome: softdelete.Unchanged},
		{
			sql: "UPDATE users SET deleted_at = NULL", outcome: softdelete.Rewritten, rules: "restore users, where users",
			scope: func(ctx context.Context) context.Context { return softdelete.OnlyDeleted(ctx) },
		},
		{sql: "TRUNCATE users", outcome: softdelete.Refused},
	} {
		ctx := t.Context()
		if c.scope != nil {
			ctx = c.scope(ctx)
		}
		for range 2 { // the second time from the cache
			e := r.Explain(ctx, c.sql)
			if e.SQL != c.sql || e.Outcome != c.outcome || rules(e.Steps) != c.rules {
				t.Errorf("%s: %s, %s; want %s, %s", c.sql, e.Outcome, rules(e.Steps), c.outcome, c.rules)
			}
			sent, err := r.Rewrite(ctx, c.sql)
			if e.Sent != sent && !strings.Contains(sent, "gen_random_uuid") || fmt.Sprint(e.Err) != fmt.Sprint(err) {
				t.Errorf("%s: %q, %v; Rewrite says %q, %v", c.sql, e.Sent, e.Err, sent, err)
			}
		}
	}
	var refused *softdelete.RefusedError
	if e := r.Explain(t.Context(), "TRUNCATE users"); !errors.As(e.Err, &refused) || e.Sent != "" {
		t.Errorf("of a refused statement: %+v", e)
	}
}

// An observer hears of each statement that is not sent as it was written, once for each
// execution; the counters say the same.
func TestObserver(t *testing.T) {
	dsn := newDatabase(t, observedSchema+softdelete.JournalDDL)
	var heard []string
	db := open(t, dsn, observedPolicy, softdelete.WithObserver(func(_ context.Context, e softdelete.Event) {
		if (e.Outcome == softdelete.Refused) != (e.Err != nil) || (e.Sent == "") != (e.Err != nil) {
			t.Errorf("the event contradicts itself: %+v", e)
		}
		heard = append(heard, fmt.Sprintf("%s %s", e.Outcome, e.SQL))
	}))
	db.SetMaxOpenConns(1)
	ctx := t.Context()
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, sql, args...); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	exec("INSERT INTO cities VALUES (1)")
	exec("UPDATE orders SET id = id")
	exec("UPDATE orders SET id = id")
	exec("DELETE FROM users WHERE id = $1", 1)
	if _, err := db.ExecContext(ctx, "TRUNCATE users"); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("TRUNCATE: %v", err)
	}
	if _, err := db.PrepareContext(ctx, "TRUNCATE orders"); !errors.Is(err, softdelete.ErrRefused) {
		t.Errorf("TRUNCATE: %v", err)
	}
	s, err := db.PrepareContext(ctx, "SELECT name FROM users WHERE id = $1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		var name string
		if err := s.QueryRowContext(ctx, 2).Scan(&name); err != nil {
			t.Error(err)
		}
	}
	if _, err := softdelete.Restore(ctx, db, "users", 1); err != nil {
		t.Error(err)
	}
	want := []string{
		"filtered UPDATE orders SET id = id",
		"filtered UPDATE orders SET id = id",
		"rewritten DELETE FROM users WHERE id = $1",
		"refused TRUNCATE users",
		"refused TRUNCATE orders",
		"filtered SELECT name FROM users WHERE id = $1",
		"filtered SELECT name FROM users WHERE id = $1",
		"rewritten softdelete.Restore users",
	}
	if !slices.Equal(heard, want) {
		t.Errorf("heard\n%s\nwant\n%s", strings.Join(heard, "\n"), strings.Join(want, "\n"))
	}
	if c, ok := softdelete.StatsOf(db); !ok || c.Filtered != 4 || c.Rewritten != 2 || c.Refused != 2 {
		t.Errorf("the counters say %+v", c)
	}
}

func TestLogObserver(t *testing.T) {
	var b bytes.Buffer
	opts := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	db := open(t, newDatabase(t, observedSchema+softdelete.JournalDDL), observedPolicy,
		softdelete.WithObserver(softdelete.LogObserver(slog.New(slog.NewTextHandler(&b, opts)))))
	if _, err := db.ExecContext(t.Context(), "UPDATE orders SET id = id"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "TRUNCATE users"); err == nil {
		t.Fatal("TRUNCATE was sent")
	}
	want := `level=DEBUG msg="softdelete: statement filtered" sql="UPDATE orders SET id = id" sent="UPDATE orders SET id = id WHERE orders.deleted_at IS NULL" rules=where
level=WARN msg="softdelete: statement refused" sql="TRUNCATE users" error="softdelete: refused TRUNCATE on users`
	if !strings.HasPrefix(b.String(), want) {
		t.Errorf("logged\n%s\nwant\n%s", b.String(), want)
	}
}

func newDatabase(t *testing.T, schema string) (dsn string) {
	t.Helper()
	dsn = pgtemp.NewDatabase(t)
	mustExec(t, openPlain(t, dsn), schema)
	return dsn
}

func open(t *testing.T, dsn string, p softdelete.Policy, opts ...softdelete.Option) *sql.DB {
	t.Helper()
	db, err := softdelete.Open(dsn, p, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
